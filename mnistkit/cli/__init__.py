"""The command line: one thin module per command; all printing is in `output`."""
