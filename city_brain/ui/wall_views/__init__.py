"""The views the wall turns through beside its map: risk heat, the loop, response, the day. `turning` says which one is on."""
