"""The views the wall turns through beside its map: risk heat, the loop, the day. `turning` says which one is on."""
