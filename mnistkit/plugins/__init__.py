"""The registry of plugins: the entry points of all installed distributions.

Names are known without an import; a plugin is imported when it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint
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
    "load_listed",
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
    """A plugin and its state; `reason` is None if the state is `ok`."""

    kind: Kind
    name: str
    distribution: str
    version: str
    state: PluginState
    reason: str | None


def names(kind: Kind) -> list[str]:
    """Return the sorted names of the plugins of a kind, without importing them.

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
    """Return a plugin, imported and checked.

    Args:
        kind: The plugin's kind.
        name: The plugin's name.
        expected: The accepted types; none for a command, which must be callable.

    Returns:
        The object of its entry point, see `mnistkit.contracts`; for a command, the Typer command
        made of it.

    Raises:
        PluginError: There is no such plugin, two distributions claim the name, or the plugin
            can't be imported, is of another type or breaks its contract.
    """
    return importing.load(kind, _usable(kind, name), expected)


def load_listed(name: str) -> Any:
    """Return a command to be listed, of which a built-in one has no parameters; see `load`."""
    return importing.load("command", _usable("command", name), (), listed=True)


def _usable(kind: Kind, name: str) -> EntryPoint:
    claims = claims_of(kind).get(name)
    if claims is None:
        raise PluginError(unknown(kind, name))
    _, reason = judge(claims[0], claims)
    if reason:
        raise PluginError(f"{kind} {name!r} can't be used: {reason}")
    return claims[0]


def survey(
    types: Mapping[str, tuple[type[Any], ...]], kinds: Iterable[Kind] = tuple(GROUPS)
) -> Iterator[Plugin]:
    """Yield the state of every plugin of these kinds, each imported and checked.

    Args:
        types: The accepted types of each kind, as for `load`.
        kinds: The kinds.
    """
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
    """Raise `PluginError` if code of an external plugin fails within the block.

    Args:
        kind: The plugin's kind.
        name: The plugin's name.
        passing: Errors that pass unchanged, besides `MnistkitError`.
    """
    try:
        yield
    except MnistkitError:
        raise
    except passing:
        raise
    # External code may raise anything.
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
    """Return an object that a plugin made, checked as a loaded plugin is.

    Args:
        kind: The plugin's kind.
        name: The plugin's name, or a name such as `folder:PATH`.
        made: The object.
        expected: The accepted type.

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
    """Return the name of a plugin's distribution."""
    return release_of(kind, name)[0]


def release_of(kind: Kind, name: str) -> tuple[str, str]:
    """Return the name and the version of a plugin's distribution."""
    claim = claims_of(kind)[name][0]
    return installed.distribution_name(claim), installed.distribution_version(claim)


def unknown(kind: Kind, name: str) -> str:
    """Return the message for an unknown name, with the nearest names or where to look."""
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
    """Return at most three known names that are similar to a mistyped one."""
    # The first letter is rarely wrong.
    alike = [other for other in known if name[:1] and name[0] in other[:2]]
    return get_close_matches(name, alike, n=3)
