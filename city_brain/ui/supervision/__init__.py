"""Supervision on the screen: what is stuck, indicators and their rows, passing on, disputes, responsibility, rules; the daily report."""
