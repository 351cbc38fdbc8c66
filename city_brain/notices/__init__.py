"""Notices: who is told when a clock is running out, and what has changed for somebody since they last looked."""
