"""Entry points that claim the same name, and which of them gets it."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint
from typing import Literal

from mnistkit.errors import PluginError
from mnistkit.plugins import installed

BUILT_IN = "mnistkit"

Kind = Literal["command", "architecture", "dataset", "exporter", "tracker"]
PluginState = Literal["ok", "broken", "shadowed", "refused"]

GROUPS: dict[Kind, str] = {
    "command": "mnistkit.commands",
    "architecture": "mnistkit.architectures",
    "dataset": "mnistkit.datasets",
    "exporter": "mnistkit.exporters",
    "tracker": "mnistkit.trackers",
}


@cache
def claims_of(kind: Kind) -> dict[str, list[EntryPoint]]:
    """Return the entry points of a kind by name, the built-in one first and damaged ones last.

    Raises:
        PluginError: mnistkit itself is not installed.
    """
    claims: dict[str, list[EntryPoint]] = {}
    for entry_point in installed.installed().select(group=GROUPS[kind]):
        claims.setdefault(entry_point.name, []).append(entry_point)
    for rivals in claims.values():
        if len(rivals) > 1:
            rivals.sort(key=_precedence)
    if not any(is_built_in(rivals[0]) for rivals in claims.values()):
        raise PluginError("mnistkit is not installed; run `pip install .` in its folder first")
    return claims


def judge(entry_point: EntryPoint, claims: list[EntryPoint]) -> tuple[PluginState, str | None]:
    """Return the state of one of the claims to a name, and the reason if it is not `ok`.

    A built-in plugin keeps its name. If two other distributions claim a name, neither gets it.
    """
    flaw = installed.flaw(entry_point)
    if flaw:
        owner = installed.distribution_name(entry_point)
        return "broken", f"{flaw}; repair or uninstall {owner}"
    rivals = [claim for claim in claims if installed.flaw(claim) is None]
    if len(rivals) == 1 or is_built_in(entry_point):
        return "ok", None
    if is_built_in(rivals[0]):
        return "shadowed", "the name is built in; its author has to choose another"
    owners = " and ".join(map(installed.distribution_name, rivals))
    return "refused", f"{owners} both claim the name; uninstall one of them"


def is_built_in(entry_point: EntryPoint) -> bool:
    """Return whether this package declares an entry point for a module of its own."""
    # The module first: every call parses the distribution's name out of its metadata.
    return is_own_module(entry_point) and installed.distribution_name(entry_point) == BUILT_IN


def is_own_module(entry_point: EntryPoint) -> bool:
    """Return whether an entry point names a module of this package."""
    return entry_point.value.startswith(f"{BUILT_IN}.")


def _precedence(rival: EntryPoint) -> tuple[bool, bool, str]:
    damaged = installed.flaw(rival) is not None
    return damaged, not is_built_in(rival), installed.distribution_name(rival)
