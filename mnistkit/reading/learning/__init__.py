"""Teaching the page reader: pages made for it, its network and its training."""
