"""Measuring classifiers: metrics, significance, corruptions."""
