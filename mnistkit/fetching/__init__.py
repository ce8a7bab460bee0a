"""Published files: finding, fetching, decompressing, verifying them."""
