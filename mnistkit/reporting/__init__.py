"""Plots of training histories, evaluations and datasets."""
