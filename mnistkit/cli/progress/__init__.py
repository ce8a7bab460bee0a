"""Progress on stderr: one line at the bottom of a terminal, nothing elsewhere."""
