"""The entry points of all installed distributions, damaged ones included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, EntryPoint, EntryPoints, distributions, entry_points
from pathlib import Path
from typing import Any

FILE = "entry_points.txt"


@cache
def installed() -> Any:
    """Return all entry points of the environment; finding them takes some 10 ms."""
    try:
        return entry_points()
    # A damaged distribution raises; the others are then read one by one.
    except Exception:  # noqa: BLE001
        return EntryPoints(_one_by_one())


def flaw(entry_point: EntryPoint) -> str | None:
    """Return why an entry point is invalid, or None."""
    if not is_usable(entry_point.name):
        return f"expected a name of printable characters, received {entry_point.name!r}"
    if not EntryPoint.pattern.match(entry_point.value):
        return f"expected NAME = MODULE:OBJECT in its {FILE}, received {_line(entry_point)!r}"
    return None


def is_usable(name: str) -> bool:
    """Return whether a plugin can have this name."""
    return name.isprintable() and name != ""


def distribution_name(entry_point: EntryPoint) -> str:
    """Return the name of the distribution that declares it; without one, its folder's name."""
    return _name(entry_point.dist) if entry_point.dist else "unknown"


def distribution_version(entry_point: EntryPoint) -> str:
    """Return the version of the distribution that declares it."""
    return _metadata(entry_point.dist, "version") if entry_point.dist else "unknown"


def _one_by_one() -> Iterator[EntryPoint]:
    """Yield the entry points of each distribution, once if it is found twice."""
    found: set[str] = set()
    for distribution in distributions():
        name = re.sub(r"[-_.]+", "-", _name(distribution)).lower()
        if name not in found:
            found.add(name)
            yield from _declared(distribution)


def _declared(distribution: Distribution) -> list[EntryPoint]:
    try:
        return list(distribution.entry_points)
    # Python's parser may raise anything on a damaged file.
    except Exception:  # noqa: BLE001
        return list(_lines(distribution))


def _lines(distribution: Distribution) -> Iterator[EntryPoint]:
    """Yield every line of a damaged file as an entry point, which may be invalid."""
    group = ""
    for line in map(str.strip, _text(distribution).splitlines()):
        if line.startswith("[") and line.endswith("]"):
            group = line.strip("[]")
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            entry_point = EntryPoint(name.strip(), value.strip(), group)
            vars(entry_point).update(dist=distribution)
            yield entry_point


def _text(distribution: Distribution) -> str:
    try:
        return distribution.read_text(FILE) or ""
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", "backslashreplace")
    except OSError:
        return ""


def _line(entry_point: EntryPoint) -> str:
    return f"{entry_point.name} = {entry_point.value}" if entry_point.value else entry_point.name


def _name(distribution: Distribution) -> str:
    name = _metadata(distribution, "name")
    folder = getattr(distribution, "_path", None)
    return Path(str(folder)).name if name == "unknown" and folder else name


def _metadata(distribution: Distribution, key: str) -> str:
    """Return a field of a distribution's metadata; `unknown` if it is missing or damaged."""
    try:
        value = getattr(distribution, key)
    # METADATA may be missing or damaged in any way.
    except Exception:  # noqa: BLE001
        value = None
    return " ".join(str(value or "").split()) or "unknown"
