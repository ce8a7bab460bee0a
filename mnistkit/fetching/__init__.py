"""Finding, fetching, decompressing and verifying published files."""
