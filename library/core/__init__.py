"""Ground that every package stands on: errors, files, locks, time, paths, settings."""
