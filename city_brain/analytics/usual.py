"""What is usual: the same hour of the same weekday in the weeks before."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

WEEKS = 8
"""Weeks that make what is usual, at most."""
LEAST_WEEKS = 3
"""Weeks below which nothing is called usual."""


def usual_hours(
    counts: pd.Series, hours: pd.DatetimeIndex, zone: ZoneInfo, *, first: datetime | None = None, weeks: int = WEEKS
) -> pd.DataFrame:
    """The usual count of each hour, from the same hour on the city's clock 1, 2, … weeks before.

    Parameters
    ----------
    counts : pandas.Series
        Counts by the beginning of their hour (aware, UTC); hours that are missing count 0.
    hours : pandas.DatetimeIndex
        Beginnings of the hours asked for (aware, UTC).
    zone : ZoneInfo
        The city's zone: the hour of the day stays the same across a change of the clock.
    first : datetime, optional
        Beginning of the record; earlier hours are unknown, not 0.
    weeks : int
        How many weeks back.

    Returns
    -------
    pandas.DataFrame
        One row per hour: hour, usual (median), low and high (10th and 90th percentile), weeks (how many were known).
        A week without any case in all these hours is taken as not recorded. Below `LEAST_WEEKS` the values are NaN.
    """
    wall = hours.tz_convert(zone).tz_localize(None)
    known = np.full((weeks, len(hours)), np.nan)
    for back in range(1, weeks + 1):
        earlier = (
            (wall - pd.Timedelta(weeks=back))
            .tz_localize(zone, ambiguous=np.ones(len(hours), bool), nonexistent="shift_forward")
            .tz_convert("UTC")
        )
        values = counts.reindex(earlier, fill_value=0).to_numpy(float)
        if first is not None:
            values[earlier < first] = np.nan
        if np.nansum(values) > 0:
            known[back - 1] = values
    count = (~np.isnan(known)).sum(axis=0)
    enough = count >= LEAST_WEEKS
    found = pd.DataFrame({"hour": hours, "usual": np.nan, "low": np.nan, "high": np.nan, "weeks": count})
    if enough.any():
        found.loc[enough, ["low", "usual", "high"]] = np.nanquantile(known[:, enough], [0.1, 0.5, 0.9], axis=0).T
    return found


def full_hours(moment: datetime, hours: int) -> pd.DatetimeIndex:
    """Beginnings (UTC) of the last `hours` full hours before a moment."""
    end = pd.Timestamp(moment).tz_convert("UTC").floor("h")
    return pd.date_range(end=end - pd.Timedelta(hours=1), periods=hours, freq="h")


def same_day_before(midnight: datetime, moment: datetime, *, first: datetime | None, weeks: int = WEEKS) -> list[tuple[datetime, datetime]]:
    """Today so far, then the same stretch of the same weekday 1, 2, … weeks before, as far as the record reaches.

    Parameters
    ----------
    midnight, moment : datetime
        Beginning of the day, in the city's zone (the clock's time stays the same across a change of it), and now.
    first : datetime, optional
        Beginning of the record.

    Returns
    -------
    list of (datetime, datetime)
        From and to, aware.
    """
    local = moment.astimezone(midnight.tzinfo)
    stretches = [(midnight - timedelta(weeks=back), local - timedelta(weeks=back)) for back in range(weeks + 1)]
    return [(since, until) for since, until in stretches if since == midnight or first is None or since >= first]
