"""The built-in trackers, one file each."""
