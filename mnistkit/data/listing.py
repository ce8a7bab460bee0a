"""Listing the installed datasets and plugins, with details to choose by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, TypeVar

from mnistkit import plugins
from mnistkit.core.arrays import Split
from mnistkit.fetching.download import cached
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import TYPES, Dataset, DatasetFamily
from mnistkit.plugins import Kind, Plugin

Entry = TypeVar("Entry")

DatasetState = Literal["bundled", "found", "cached", "to fetch", "your own", "broken"]

DETAILS: dict[Kind, tuple[str, ...]] = {
    "command": ("summary",),
    "architecture": ("summary", "parameters"),
    "dataset": ("summary", "licence"),
    "exporter": ("summary", "suffix"),
    "tracker": ("summary",),
}

# Characters of a command's summary.
LONGEST_HELP = 1000


@dataclass(frozen=True)
class DatasetEntry:
    """Description of a dataset that was not loaded; None for unknown values.

    Args:
        name: Its name, with its parameter if it takes one.
        state: Where it is: `bundled` with its package, `found` in a data folder, `cached`,
            `to fetch`, `your own` for a user's files, or `broken`.
        summary: One line; for a broken dataset, the reason.
        classes: Number of classes.
        images: Number of images of each split.
        place: Folder of the stored files.
        bytes_to_fetch: Bytes of the files that are not stored.
        licence: Licence and attribution.
        preparation: Name of the function from a picture to an image.
    """

    name: str
    state: DatasetState
    summary: str
    classes: int | None = None
    images: Mapping[Split, int] | None = None
    place: str | None = None
    bytes_to_fetch: int | None = None
    licence: str | None = None
    preparation: str | None = None


def dataset_entries(store: Store) -> Iterator[DatasetEntry]:
    """Yield an entry for every dataset, by name; a broken one has its reason."""
    for name in plugins.names("dataset"):
        yield _or_broken(
            partial(_installed_entry, name, store), partial(DatasetEntry, name, "broken")
        )


def _installed_entry(name: str, store: Store) -> DatasetEntry:
    plugin = plugins.load("dataset", name, Dataset, DatasetFamily)
    if isinstance(plugin, DatasetFamily):
        return DatasetEntry(f"{name}:{plugin.parameter}", "your own", plugin.summary)
    return dataset_entry(name, plugin, store)


def dataset_entry(name: str, dataset: Dataset, store: Store) -> DatasetEntry:
    """Return the entry of a dataset; nothing is fetched."""
    found = {file: store.locate(file) for file in dataset.files}
    missing = {file.to_fetch for file, path in found.items() if path is None}
    places = [path for path in found.values() if path is not None]
    is_cached = any(path and path == cached(file.to_fetch) for file, path in found.items())
    sizes = [file.size for file in missing]
    return DatasetEntry(
        name,
        "your own" if ":" in name else _state(dataset, len(missing), is_cached=is_cached),
        dataset.summary,
        len(dataset.class_names),
        dataset.counts,
        str(places[0].parent) if places else None,
        None if None in sizes else sum(size or 0 for size in sizes),
        dataset.licence,
        dataset.preparation,
    )


def _state(dataset: Dataset, missing: int, *, is_cached: bool) -> DatasetState:
    if not dataset.files:
        return "bundled"
    if missing:
        return "to fetch"
    return "cached" if is_cached else "found"


@dataclass(frozen=True)
class PluginEntry:
    """A plugin and its details, by the names in `DETAILS`; None for unknown values."""

    plugin: Plugin
    details: dict[str, Any]


def plugin_entries(kind: Kind, count_parameters: Callable[[str], int]) -> Iterator[PluginEntry]:
    """Yield an entry for every plugin of a kind; a broken one has its reason.

    Args:
        kind: The kind.
        count_parameters: Returns the number of parameters of an architecture, by its name.
    """
    for plugin in plugins.survey(TYPES, (kind,)):
        unknown = PluginEntry(plugin, dict.fromkeys(DETAILS[kind]))
        if plugin.state != "ok":
            yield unknown
        else:
            yield _or_broken(
                partial(_detailed_entry, plugin, count_parameters), partial(_broken_entry, unknown)
            )


def _detailed_entry(plugin: Plugin, count_parameters: Callable[[str], int]) -> PluginEntry:
    return PluginEntry(plugin, _details(plugin.kind, plugin.name, count_parameters))


def _broken_entry(entry: PluginEntry, reason: str) -> PluginEntry:
    return replace(entry, plugin=replace(entry.plugin, state="broken", reason=reason))


def _or_broken(describe: Callable[[], Entry], broken: Callable[[str], Entry]) -> Entry:
    """Return the entry of a plugin; if that fails, the one of a broken plugin with this reason."""
    try:
        return describe()
    # A plugin may raise anything, as an architecture whose network can't be built; the other
    # plugins are still listed.
    except Exception as error:  # noqa: BLE001
        return broken(plugins.told(error))


def _details(kind: Kind, name: str, count_parameters: Callable[[str], int]) -> dict[str, Any]:
    loaded = plugins.load(kind, name, *TYPES[kind])
    match kind:
        case "command":
            return {"summary": loaded.get_short_help_str(limit=LONGEST_HELP)}
        case "architecture":
            return {"summary": loaded.summary, "parameters": count_parameters(name)}
    return {key: getattr(loaded, key, None) for key in DETAILS[kind]}
