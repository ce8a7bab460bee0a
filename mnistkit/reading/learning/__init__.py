"""The page reader's network, the pages generated for it, and its training."""
