"""A cursor on the picture: runs named statements with named parameters, and nothing else."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from city_brain.errors import Damaged
from city_brain.storage.statements import statements

warnings.filterwarnings("ignore", "Arrow output on a DB-API result")  # the copy costs less than the other way, which plans twice

Rows = Sequence[Mapping[str, Any]] | Mapping[str, Sequence[Any]]
_parsed: dict[str, duckdb.Statement] = {}
"""Statements as DuckDB has parsed them: parsing is a fifth of the time of a small one."""


class Cursor:
    """One reader's (or the writer's) cursor. A statement takes from `values` what it names."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, batches: Path) -> None:
        self._cursor = cursor
        self._batches = batches

    def begin(self) -> None:
        """Begin a transaction: until `commit` nobody else sees what is written, and without it nothing stays."""
        self._cursor.begin()

    def commit(self) -> None:
        """End the transaction."""
        self._cursor.commit()

    def run(self, name: str, *, given: Rows | None = None, **values: Any) -> None:
        """Run a statement for its effect.

        Parameters
        ----------
        given : rows or columns, optional
            What the statement reads as the relation ``given``: mappings with the same keys, or one of names to columns.
        """
        self._execute(name, values, given)

    def frame(self, name: str, **values: Any) -> pd.DataFrame:
        """The rows of a query as a frame.

        Numbers without a value are of pandas' nullable types, decimals and huge integers are floats, days are timestamps at midnight.
        """
        return _framed(self._execute(name, values).to_arrow_table())

    def rows(self, name: str, **values: Any) -> list[dict[str, Any]]:
        """The rows of a query as dictionaries; for small answers."""
        answer = self._execute(name, values)
        columns = [column[0] for column in answer.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]

    def one(self, name: str, **values: Any) -> dict[str, Any] | None:
        """The first row of a query, or None."""
        found = self.rows(name, **values)
        return found[0] if found else None

    def value(self, name: str, **values: Any) -> Any:
        """The first column of the first row."""
        answer = self._execute(name, values).fetchone()
        return answer[0] if answer else None

    def batch_file(self, checksum: str, suffix: str = ".parquet") -> str:
        """Where the file of a batch with this checksum is kept."""
        return str(self._batches / f"{checksum}{suffix}")

    def kept_file(self, checksum: str, suffix: str = ".parquet") -> str:
        """The same, after making sure that the file is on disk and is what its name says.

        Raises
        ------
        Damaged
            It is gone or another.
        """
        file = self.batch_file(checksum, suffix)
        try:
            with Path(file).open("rb") as content:
                os.fsync(content.fileno())
                found = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            raise Damaged("kept_file_gone", file=Path(file).name, detail=error.strerror) from error
        if found != checksum:
            raise Damaged("kept_file_changed", file=Path(file).name)
        return file

    def _execute(self, name: str, values: dict[str, Any], given: Any = None) -> duckdb.DuckDBPyConnection:
        statement = statements()[name]
        missing = statement.parameters - values.keys()
        if missing:
            raise KeyError(f"{name} needs {', '.join(sorted(missing))}")
        if name not in _parsed:
            (_parsed[name],) = self._cursor.extract_statements(statement.sql)
        if given is not None:
            given = pa.table(given) if isinstance(given, Mapping) else pa.Table.from_pylist(given)  # found by the name of this variable
        return self._cursor.execute(_parsed[name], {key: values[key] for key in statement.parameters})


_NULLABLE = {
    pa.bool_(): pd.BooleanDtype(), pa.int8(): pd.Int8Dtype(), pa.int16(): pd.Int16Dtype(), pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
}  # fmt: skip
"""What holds numbers some of which have no value."""


def _framed(table: pa.Table) -> pd.DataFrame:
    """A frame of an Arrow table: DuckDB's own way to one takes several times as long, and holds up every other thread meanwhile."""
    for place, (field, column) in enumerate(zip(table.schema, table.columns, strict=True)):
        if pa.types.is_decimal(field.type):
            table = table.set_column(place, field.name, column.cast(pa.float64()))
    frame = table.to_pandas(date_as_object=False)
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.null_count and column.type in _NULLABLE:
            frame[name] = column.to_pandas(types_mapper=_NULLABLE.get)
    return frame
