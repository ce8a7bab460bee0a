"""Formats whose decoders may crash or never end: each file is decoded by a process of its own."""
