"""Formats: each reads one kind of file into the same table of text cells."""
