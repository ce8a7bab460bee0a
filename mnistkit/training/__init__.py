"""Training a classifier: settings, set-up, epochs, calibration."""
