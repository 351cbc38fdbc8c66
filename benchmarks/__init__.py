"""Benchmarks: one command measures the goals and prints a table. They are not tests: nothing here passes or fails."""
