"""Models: what they are, their files, their runs, and which one is meant."""
