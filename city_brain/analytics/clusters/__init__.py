"""Clusters and outbreaks, at a fixed budget of false alarms.

From the ground up:

* `field`: events as counts by day and cell;
* `forecast`: how many events each cell is to be expected to have, told from the past alone;
* `boxes`: what a detector points at (a box of cells over some days), and which of them are one and the same thing;
* `scan`, `ears`, `residuals`: three detectors. Each gives boxes with a statistic for a day; the scan is the one to use, the others
  are rivals; `detectors` makes them for a field;
* `calibration`: the statistic above which no more alarms ring than the budget allows, from the city's own past;
* `alarms`: a detector, a budget and a field become alarms, each with what it saw and what was expected;
* `trials`: how many clusters are found, measured by putting some in.

Everything is arrays and frames in, frames out; `docs/clusters.md` has the formulas, the sources and the measurements.
"""
