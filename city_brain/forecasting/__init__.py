"""The forecast of the day: a process of its own fits and issues it, the console records it, and what became of it is counted."""
