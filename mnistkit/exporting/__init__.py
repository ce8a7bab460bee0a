"""Exporting a trained model with a proof that the export equals it."""
