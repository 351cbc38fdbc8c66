"""The command line: what a person types. Each command is thin; what it does stands in `commands` and `casework`."""
