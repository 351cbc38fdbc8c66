"""The picture: the only owner of DuckDB, derived from the record and able to restore it."""
