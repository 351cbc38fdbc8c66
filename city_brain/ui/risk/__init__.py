"""The page of risk: heat over the map, why a cell is hot, how good the forecast has been, the classes of risk."""
