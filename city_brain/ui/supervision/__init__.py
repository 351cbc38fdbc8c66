"""Supervision on the screen: what is stuck now, indicators with their rows, passing on, disputes, who is responsible, rules; the daily report."""
