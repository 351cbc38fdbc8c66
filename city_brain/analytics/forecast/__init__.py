"""Forecasts of events per grid cell: guards, history, models that learn on the past alone, their back-test, and what is issued.

`guards` → `history.build` → `issue.issue` (the days ahead) or `backtest.backtest` (how it would have gone). Everything is arrays in and
frames out. `docs/risk.md` has the formulas, the protocol and the figures.
"""

VERSION = "1"
"""Of the models: another one wherever the same record would be forecast otherwise."""
