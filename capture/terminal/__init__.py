"""An interview recorded in a terminal, on the same engine as the station: `capture.sessions`."""
