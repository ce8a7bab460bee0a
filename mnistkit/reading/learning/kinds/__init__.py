"""The kinds of made pages, a file each."""
