"""Data that ships with the package; a card stands beside each model and set of images."""
