"""A batch on disk: the normalised Parquet, and what it adds up to."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from city_brain.errors import Fault
from city_brain.incidents.model import SCHEMA
from city_brain.intake.formats.expand import checksum
from city_brain.intake.reading.rows import Part, Rejected

MOST_REJECTED = 500_000
PREVIEW = 20
_KEYS = ("city-brain-one-a", "city-brain-two-b")
"""Two keys of a 64-bit hash: no two of ten million different identifiers meet in both."""


@dataclass(slots=True)
class Sum:
    """What a batch adds up to."""

    taken: int = 0
    horizon: datetime | None = None
    quality: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    preview: list[dict[str, object]] = field(default_factory=list)

    def add(self, batch: pa.RecordBatch) -> None:
        """Count a chunk in."""
        self.taken += batch.num_rows
        for name in ("reported_at", "updated_at", "closed_at"):
            latest = pc.max(batch.column(name).cast(pa.timestamp("us"))).as_py()
            if latest is not None:
                self.horizon = max(latest.replace(tzinfo=UTC), self.horizon or latest.replace(tzinfo=UTC))
        self.quality.update(_counted(batch.column("location_quality")))
        for marks, rows in _counted(batch.column("flags").drop_null()).items():
            self.flags.update(dict.fromkeys(marks.split(","), rows))
        if len(self.preview) < PREVIEW:
            self.preview += batch.slice(0, PREVIEW - len(self.preview)).to_pylist()


@dataclass(frozen=True, slots=True)
class Written:
    """A finished batch; the file is named after its SHA-256."""

    parquet: Path
    sha256: str
    rejected: tuple[Rejected, ...]
    duplicates: int
    sum: Sum


def write(parts: Iterable[Part], folder: Path) -> Written:
    """Write a batch; of rows with the same identifier the last one is kept.

    Raises
    ------
    Fault
        ``too_many_rejected``: more than half a million rows were set aside; the mapping is wrong.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names: list[list[npt.NDArray[np.uint64]]] = [[], []]
    rejected: list[Rejected] = []
    total = Sum()
    first = _temporary(folder)
    try:
        with pq.ParquetWriter(first, SCHEMA, compression="zstd") as writer:
            for part in parts:
                rejected += part.rejected
                if len(rejected) > MOST_REJECTED:
                    raise Fault("too_many_rejected", count=len(rejected), reason=_commonest(rejected))
                if part.batch.num_rows:
                    writer.write_batch(part.batch)
                    for half, key in zip(names, _KEYS, strict=True):
                        half.append(_fingerprints(part.batch.column("external_id"), key))
                    total.add(part.batch)
        kept = _last_of_each(names)
        duplicates = int((~kept).sum())
        if duplicates:
            total = _rewrite(first, kept, folder)
        sha256 = checksum(first)
        parquet = folder / f"{sha256}.parquet"
        os.replace(first, parquet)
    finally:
        first.unlink(missing_ok=True)
    return Written(parquet, sha256, tuple(rejected), duplicates, total)


def _temporary(folder: Path) -> Path:
    with NamedTemporaryFile(dir=folder, prefix="intake-", suffix=".tmp", delete=False) as file:
        return Path(file.name)


def _rewrite(file: Path, kept: npt.NDArray[np.bool_], folder: Path) -> Sum:
    total, second, start = Sum(), _temporary(folder), 0
    with pq.ParquetFile(file) as source, pq.ParquetWriter(second, SCHEMA, compression="zstd") as writer:
        for batch in _batches(source):
            stays = batch.filter(pa.array(kept[start : start + batch.num_rows]))
            start += batch.num_rows
            if stays.num_rows:
                writer.write_batch(stays)
                total.add(stays)
    os.replace(second, file)
    return total


def _batches(source: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    for group in range(source.num_row_groups):
        yield from source.read_row_group(group).cast(SCHEMA).combine_chunks().to_batches()


def _fingerprints(ids: pa.Array, key: str) -> npt.NDArray[np.uint64]:
    texts = ids.to_numpy(zero_copy_only=False).astype(object)
    return np.asarray(pd.util.hash_array(texts, hash_key=key, categorize=False), np.uint64)


def _last_of_each(names: Sequence[Sequence[npt.NDArray[np.uint64]]]) -> npt.NDArray[np.bool_]:
    """Which rows carry the last occurrence of their identifier, told by 128 bits of it."""
    first = np.concatenate(names[0]) if names[0] else np.array([], np.uint64)
    kept = np.ones(len(first), bool)
    in_order = np.sort(first)  # np.unique would build a hash table of several times the size
    if not (in_order[1:] == in_order[:-1]).any():
        return kept
    del in_order
    second = np.concatenate(names[1])
    order = np.lexsort((second, first))  # stable: rows of one identifier stay in their order
    again = (first[order[1:]] == first[order[:-1]]) & (second[order[1:]] == second[order[:-1]])
    kept[order[:-1][again]] = False
    return kept


def _counted(column: pa.Array) -> dict[str, int]:
    return {str(pair["values"]): int(pair["counts"]) for pair in pc.value_counts(column).to_pylist()}


def _commonest(rejected: Sequence[Rejected]) -> str:
    return Counter(row.reason for row in rejected).most_common(1)[0][0]
