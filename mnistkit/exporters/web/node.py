"""Finding node, which proves an exported page."""

from __future__ import annotations

import re
import shutil
import subprocess

from mnistkit.errors import MissingError

OLDEST = 18


def find_node() -> str:
    """Return the path of node.

    Raises:
        MissingError: It is missing or too old.
    """
    node = shutil.which("node")
    if node is None:
        raise _unusable("none on PATH")
    told = subprocess.run(  # noqa: S603  # node itself
        [node, "--version"], capture_output=True, text=True, check=False
    ).stdout.strip()
    version = re.match(r"v(\d+)\.", told)
    if version is None or int(version[1]) < OLDEST:
        raise _unusable(told or "one that does not tell its version")
    return node


def _unusable(received: str) -> MissingError:
    return MissingError(
        f"expected Node.js {OLDEST} or later, which proves the page, received {received}; "
        "install it from nodejs.org or with your system's packages"
    )
