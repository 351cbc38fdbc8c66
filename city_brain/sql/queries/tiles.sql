-- name: tile
-- One tile of an MBTiles file (SQLite); rows count from the south.
SELECT tile_data FROM tiles WHERE zoom_level = $z AND tile_column = $x AND tile_row = $row;

-- name: some_tiles
-- A few tiles of an MBTiles file (SQLite), to see what its tiles are made of.
SELECT tile_data FROM tiles WHERE tile_data IS NOT NULL LIMIT 5;

-- name: zooms
-- First and last zoom of an MBTiles file (SQLite) that does not state them.
SELECT min(zoom_level), max(zoom_level) FROM tiles;

-- name: metadata
-- What an MBTiles file (SQLite) says of itself, one row per name.
SELECT name, value FROM metadata;
