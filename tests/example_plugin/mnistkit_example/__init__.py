"""One of each kind of plugin mnistkit takes."""
