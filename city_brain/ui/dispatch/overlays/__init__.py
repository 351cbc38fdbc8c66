"""What is laid over the map of the desk on demand: ways of many matches, risk that nobody reaches, places to stand at."""
