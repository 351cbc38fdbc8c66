"""Documents, and what writes some of them from the code."""
