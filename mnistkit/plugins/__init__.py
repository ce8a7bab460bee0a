"""One registry over the entry points of all that is installed.

Names are known without importing anything; a plugin is imported when it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, TypeVar, overload

from mnistkit.errors import MnistkitError, PluginError
from mnistkit.plugins import importing, installed
from mnistkit.plugins.collisions import GROUPS, Kind, PluginState, claims_of, is_built_in, judge
from mnistkit.plugins.importing import told

__all__ = [
    "GROUPS",
    "Kind",
    "Plugin",
    "PluginState",
    "blamed",
    "checked",
    "load",
    "names",
    "nearest",
    "owner_of",
    "release_of",
    "survey",
    "told",
    "unknown",
]

Loaded = TypeVar("Loaded")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Plugin:
    """What is known of a plugin; `reason` says why its state is not `ok`."""

    kind: Kind
    name: str
    distribution: str
    version: str
    state: PluginState
    reason: str | None


def names(kind: Kind) -> list[str]:
    """Return the names that can be used, sorted; nothing is imported.

    Raises:
        PluginError: mnistkit itself is not installed.
    """
    return sorted(filter(installed.is_usable, claims_of(kind)))


@overload
def load(kind: Literal["command"], name: str) -> Any: ...
@overload
def load(kind: Kind, name: str, expected: type[Loaded], /) -> Loaded: ...
@overload
def load(
    kind: Kind, name: str, expected: type[Loaded], other: type[Other], /
) -> Loaded | Other: ...
def load(kind: Kind, name: str, *expected: type[Any]) -> Any:
    """Import a plugin and check it.

    Args:
        kind: The plugin's kind.
        name: The plugin's name.
        expected: The types one of which it has. A command takes none: it has to be callable.

    Returns:
        What its entry point loads to, see `mnistkit.contracts`; of a command, what Typer
        makes of that.

    Raises:
        PluginError: No such name (the nearest are named), a name that two distributions
            claim, or a plugin that can't be imported, is of another type or breaks its
            contract.
    """
    claims = claims_of(kind).get(name)
    if claims is None:
        raise PluginError(unknown(kind, name))
    _, reason = judge(claims[0], claims)
    if reason:
        raise PluginError(f"{kind} {name!r} can't be used: {reason}")
    return importing.load(kind, claims[0], expected)


def survey(
    types: Mapping[str, tuple[type[Any], ...]], kinds: Iterable[Kind] = tuple(GROUPS)
) -> Iterator[Plugin]:
    """Import every plugin of these kinds and yield its state; `types` as `load` expects them."""
    for kind in kinds:
        for name, claims in sorted(claims_of(kind).items()):
            for entry_point in claims:
                state, reason = judge(entry_point, claims)
                if state == "ok":
                    try:
                        importing.load(kind, entry_point, types[kind])
                    except PluginError as error:
                        state, reason = "broken", str(error)
                distribution = installed.distribution_name(entry_point)
                version = installed.distribution_version(entry_point)
                yield Plugin(kind, name, distribution, version, state, reason)


@contextmanager
def blamed(
    kind: Kind, name: str, *, passing: type[Exception] | tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Raise `PluginError` where the code of a plugin that is not built in fails.

    Args:
        kind: The plugin's kind.
        name: The plugin's name.
        passing: Further errors to let through. Our own always pass, as plugins raise them.
    """
    try:
        yield
    except MnistkitError:
        raise
    except passing:
        raise
    # It may be anybody's code.
    except (Exception, SystemExit) as error:
        claims = claims_of(kind).get(name)
        if claims is None or is_built_in(claims[0]):
            raise
        owner = installed.distribution_name(claims[0])
        raise PluginError(
            f"{kind} {name!r} of {owner} failed with {told(error)}; repair or uninstall that "
            "package"
        ) from error


def checked(kind: Kind, name: str, made: Any, expected: type[Loaded]) -> Loaded:
    """Return what a plugin made, after the check that every plugin passes when it is loaded.

    Args:
        kind: The plugin's kind.
        name: The plugin's name, which a colon and what it was made of may follow.
        made: What it made.
        expected: The type that has.

    Raises:
        PluginError: It is of another type, or breaks its contract.
    """
    plugin = name.partition(":")[0]
    with blamed(kind, plugin):
        flaw = importing.misfit(made, (expected,))
    if flaw:
        raise importing.broken(kind, name, claims_of(kind)[plugin][0], flaw)
    fitting: Loaded = made
    return fitting


def owner_of(kind: Kind, name: str) -> str:
    """Return the distribution that a plugin comes with."""
    return release_of(kind, name)[0]


def release_of(kind: Kind, name: str) -> tuple[str, str]:
    """Return the distribution that a plugin comes with, and its version."""
    claim = claims_of(kind)[name][0]
    return installed.distribution_name(claim), installed.distribution_version(claim)


def unknown(kind: Kind, name: str) -> str:
    """Return what to say of a name that no plugin has: the nearest names, or where to look."""
    meant = nearest(name, names(kind))
    if meant:
        return f"no {kind} is called {name!r}; did you mean {' or '.join(meant)}?"
    other = next((other for other in GROUPS if other != kind and name in names(other)), None)
    if other:
        return f"no {kind} is called {name!r}, which is {'an' if other[0] in 'ae' else 'a'} {other}"
    return (
        f"no {kind} is called {name!r}; choose one of {', '.join(names(kind))}, which "
        f"`mnistkit plugins --kind {kind}s` describes"
    )


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return at most three known names that a mistyped one may mean."""
    # The first letter is seldom wrong.
    alike = [other for other in known if name[:1] and name[0] in other[:2]]
    return get_close_matches(name, alike, n=3)
