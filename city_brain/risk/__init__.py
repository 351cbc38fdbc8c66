"""Where the next cases are expected: issued forecasts, what became of them, and the classes of risk with the treatment each calls for."""
