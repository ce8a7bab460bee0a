"""Datasets by name: loading, holding out, overlap, listing."""
