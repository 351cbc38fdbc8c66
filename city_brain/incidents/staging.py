"""A file beside the picture: its rows, and what each of them means there, before anything is decided or written."""

from __future__ import annotations

from city_brain.incidents.model import Delivery
from city_brain.storage.cursor import Cursor


def put_beside(cursor: Cursor, delivery: Delivery) -> None:
    """Put a file into the cursor's own tables ``arriving`` (new, same, stale, changed, conflict) and ``turned_away``.

    Raises
    ------
    Damaged
        A kept file is gone or not what was delivered.
    """
    cursor.run(
        "incidents.stage_batch", file=cursor.kept_file(delivery.parquet), source=delivery.source.name,
        prefix=delivery.source.prefix, horizon=delivery.horizon,
    )  # fmt: skip
    if delivery.rejected is None:
        cursor.run("incidents.stage_nothing_rejected")
    else:
        file = cursor.kept_file(delivery.rejected)
        cursor.run("incidents.stage_rejected", file=file, source=delivery.source.name, mends=list(delivery.mends))
