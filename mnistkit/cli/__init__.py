"""The command line: one thin module a command; all printing in `output`."""
