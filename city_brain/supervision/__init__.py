"""Supervision: measures of the closed loop with numerator, denominator and rows, who passes what on, where cases are stuck."""
