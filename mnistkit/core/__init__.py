"""What all commands share: images, models, preprocessing, files. Prints nothing."""
