"""Exporting a trained model, and proving that the export equals it."""
