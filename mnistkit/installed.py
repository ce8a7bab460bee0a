"""The entry points of all installed distributions, whatever state their files are in."""

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
    """All entry points of the environment, to select from; finding them takes some 10 ms."""
    try:
        return entry_points()
    # One distribution whose files are damaged stops it; the others are read one by one.
    except Exception:  # noqa: BLE001
        return EntryPoints(_one_by_one())


def flaw(entry_point: EntryPoint) -> str | None:
    """Say why an entry point can't be one; None where it can."""
    if not is_usable(entry_point.name):
        return f"expected a name of printable characters, received {entry_point.name!r}"
    if not EntryPoint.pattern.match(entry_point.value):
        return f"expected NAME = MODULE:OBJECT in its {FILE}, received {_line(entry_point)!r}"
    return None


def is_usable(name: str) -> bool:
    """Whether a plugin can be called so."""
    return name.isprintable() and name != ""


def distribution_name(entry_point: EntryPoint) -> str:
    """The name of the distribution that declares it; of its folder where that names none."""
    return _name(entry_point.dist) if entry_point.dist else "unknown"


def distribution_version(entry_point: EntryPoint) -> str:
    """The version of the distribution that declares it."""
    return _metadata(entry_point.dist, "version") if entry_point.dist else "unknown"


def _one_by_one() -> Iterator[EntryPoint]:
    """The entry points of each distribution, of one that is found twice once."""
    found: set[str] = set()
    for distribution in distributions():
        name = re.sub(r"[-_.]+", "-", _name(distribution)).lower()
        if name not in found:
            found.add(name)
            yield from _declared(distribution)


def _declared(distribution: Distribution) -> list[EntryPoint]:
    try:
        return list(distribution.entry_points)
    # Python's parser raises what it likes on a damaged file.
    except Exception:  # noqa: BLE001
        return list(_lines(distribution))


def _lines(distribution: Distribution) -> Iterator[EntryPoint]:
    """Every line of a damaged file as an entry point, which may have a flaw."""
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
    """One line of a distribution's metadata; `unknown` where that is damaged or has none."""
    try:
        value = getattr(distribution, key)
    # Its METADATA may be missing, no text, or damaged in any other way.
    except Exception:  # noqa: BLE001
        value = None
    return " ".join(str(value or "").split()) or "unknown"
