"""Predicting a stream of pictures."""
