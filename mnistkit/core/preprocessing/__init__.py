"""From a picture's file to an image as the models see it."""
