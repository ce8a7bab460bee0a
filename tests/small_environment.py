"""An environment that has mnistkit and only some of the packages of the present one."""

from __future__ import annotations

import sys
import venv
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement


def make_environment(folder: Path, packages: Iterable[str]) -> Path:
    """Return the Python of a new virtual environment with these packages and what they need.

    They are links to those of the present environment, so that no network is needed.

    Args:
        folder: Where the environment is made.
        packages: Requirements, such as `typer<0.29`.
    """
    venv.create(folder, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "lib" / version / "site-packages"
    for name in {"mnistkit", *_with_needed(packages)}:
        _link(name, site)
    return folder / "bin" / "python"


def _with_needed(packages: Iterable[str]) -> set[str]:
    """Return the names of packages and of all that they require, as `pip install` finds them."""
    known: set[str] = set()
    waiting = [Requirement(package).name for package in packages]
    while waiting:
        name = waiting.pop()
        if name not in known:
            known.add(name)
            waiting.extend(_needed(name))
    return known


def _needed(name: str) -> Iterator[str]:
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement.name


def _link(name: str, site: Path) -> None:
    """Link the files and folders of a distribution, its metadata among them."""
    found = distribution(name)
    if found.files is None:
        raise PackageNotFoundError(name)
    for top in {file.parts[0] for file in found.files} - {"..", "__pycache__"}:
        link = site / top
        if not link.exists():
            link.symlink_to(Path(str(found.locate_file(top))))
