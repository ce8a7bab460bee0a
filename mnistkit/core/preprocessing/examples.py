"""The example pictures that come with this package."""

from __future__ import annotations

from pathlib import Path

from mnistkit.errors import PictureError

PREFIX = "example:"
"""Begins the name of every example; a file of such a name is written `./example:...`."""

FOLDER = Path(__file__).parents[2] / "assets" / "examples"


def is_example(text: str) -> bool:
    """Return whether a text is an example's name instead of a path; it need not exist."""
    return text.startswith(PREFIX)


def path_of_example(name: str) -> Path:
    """Return the file of `example:NAME`.

    Raises:
        PictureError: No example has this name.
    """
    files = {PREFIX + path.stem: path for path in sorted(FOLDER.iterdir())}
    if name not in files:
        raise PictureError(
            f"expected {' or '.join(files)}, received {name}; for a file of that name write "
            f"./{name}"
        )
    return files[name]
