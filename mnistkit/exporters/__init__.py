"""The built-in exporters, one file each."""
