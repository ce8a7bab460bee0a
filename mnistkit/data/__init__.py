"""Datasets by name: loading, validation split, overlap, listing."""
