"""What the commands share. Knows no terminal and prints nothing."""
