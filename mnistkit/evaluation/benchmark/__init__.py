"""Models side by side: size, start, speed, memory, accuracy."""
