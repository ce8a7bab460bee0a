"""Reading whole pages of digits. OpenCV is imported here and nowhere else."""
