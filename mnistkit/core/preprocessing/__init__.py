"""Preprocessing: from a picture's file to the 28x28 image that a model gets."""
