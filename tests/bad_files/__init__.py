"""Bad files of every kind that a command reads, made anew each time; nothing is stored."""
