"""Speech recognition: the engines, their models, and what every engine's result goes through."""
