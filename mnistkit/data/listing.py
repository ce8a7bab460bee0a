"""Which datasets there are, and where each is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from mnistkit import plugins
from mnistkit.core.arrays import Split
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import Dataset, DatasetFamily

State = Literal["bundled", "found", "cached", "to fetch", "your own", "broken"]


@dataclass(frozen=True)
class Entry:
    """Description of a dataset before it is loaded; None for unknown values.

    Args:
        name: With its parameter, where it takes one.
        state: Where it is; `bundled` with its package, `found` in a folder; `your own` where
            a parameter says what it is.
        summary: One line; of a broken one, why it is.
        classes: How many there are.
        images: How many there are of each split.
        place: The folder of the files that are here.
        bytes_to_fetch: Of the files that are not.
        licence: Licence and whom to name.
        preparation: How a picture becomes one of its images.
    """

    name: str
    state: State
    summary: str
    classes: int | None = None
    images: Mapping[Split, int] | None = None
    place: str | None = None
    bytes_to_fetch: int | None = None
    licence: str | None = None
    preparation: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain JSON values."""
        return asdict(self)


def entries(store: Store) -> Iterator[Entry]:
    """Yield every dataset by its name; a broken one with its reason."""
    for name in plugins.names("dataset"):
        try:
            yield _entry(name, store)
        # A plugin's own parts may be anything; the others are listed nevertheless.
        except Exception as error:  # noqa: BLE001
            yield Entry(name, "broken", plugins.told(error))


def _entry(name: str, store: Store) -> Entry:
    plugin = plugins.load("dataset", name, Dataset, DatasetFamily)
    if isinstance(plugin, DatasetFamily):
        return Entry(f"{name}:{plugin.parameter}", "your own", plugin.summary)
    return entry_of(name, plugin, store)


def entry_of(name: str, dataset: Dataset, store: Store) -> Entry:
    """Tell what is known of one dataset; nothing is fetched."""
    found = {file: store.locate(file) for file in dataset.files}
    missing = {file.to_fetch for file, path in found.items() if path is None}
    places = [path for path in found.values() if path is not None]
    sizes = [file.size for file in missing]
    return Entry(
        name,
        "your own"
        if ":" in name
        else _state(dataset, len(missing), cached=any(map(store.is_cached, found))),
        dataset.summary,
        len(dataset.class_names),
        dataset.counts,
        str(places[0].parent) if places else None,
        None if None in sizes else sum(size or 0 for size in sizes),
        dataset.licence,
        dataset.preparation,
    )


def _state(dataset: Dataset, missing: int, *, cached: bool) -> State:
    if not dataset.files:
        return "bundled"
    if missing:
        return "to fetch"
    return "cached" if cached else "found"
