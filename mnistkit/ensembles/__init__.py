"""Averaging trained runs into one model."""
