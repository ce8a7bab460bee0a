"""Opening exported models with the exporters that wrote them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mnistkit import plugins
from mnistkit.core.models.card import Card
from mnistkit.core.models.card_file import CARD_FILE, has_card, read_card
from mnistkit.core.models.choice import BUNDLED
from mnistkit.core.models.classifier import Classifier
from mnistkit.errors import MnistkitError, ModelError, PluginError
from mnistkit.plugin_types import Exporter


def open_artifact(path: Path) -> Classifier:
    """Return an exported model, opened: a folder by its card, a file by its suffix and its card.

    Raises:
        ModelError: No exporter writes such files, or the model is damaged.
        PluginError: Its exporter is not installed, or fails.
    """
    return _open_folder(path) if path.is_dir() else _open_file(path)


def open_with(name: str, path: Path) -> Classifier:
    """Return an exported model, opened with the exporter of this name.

    Raises:
        ModelError: The model is damaged.
        PluginError: There is no such exporter, or it breaks its contract.
    """
    return _opened(name, plugins.load("exporter", name, Exporter).open, path)


def open_proving(name: str, path: Path) -> Classifier:
    """Return an exported model, opened in the runtime that proves it; see `open_with`."""
    exporter = plugins.load("exporter", name, Exporter)
    return _opened(name, exporter.prove or exporter.open, path)


def _opened(name: str, opening: Callable[[Path], Classifier], path: Path) -> Classifier:
    with plugins.blamed("exporter", name):
        opened = opening(path)
    classifier = plugins.checked("exporter", name, opened, Classifier)
    with plugins.blamed("exporter", name):
        card = Card.from_json(classifier.card.to_json())
    return replace(classifier, card=card, path=path)


def is_exported(path: Path) -> bool:
    """Return whether a path is an exported model, by its card or its suffix."""
    is_keras = path.suffix == ".keras"
    return has_card(path) or (path.is_file() and not is_keras and exporters_of(path) != [])


def exporters_of(path: Path) -> list[str]:
    """Return the names of the exporters that write files with the suffix of this path."""
    return [name for name in plugins.names("exporter") if path.suffix and _ends(path, name)]


def _open_folder(path: Path) -> Classifier:
    name = read_card(path).exporter
    if name is None:
        raise ModelError(
            f"{path / CARD_FILE}: expected the name of its exporter, received none; export the "
            "model again"
        )
    return open_with(name, path)


def _open_file(path: Path) -> Classifier:
    """Return a file, opened; its card decides between exporters that share its suffix."""
    opened: list[Classifier] = []
    errors: list[MnistkitError] = []
    for name in exporters_of(path):
        try:
            classifier = open_with(name, path)
        except MnistkitError as error:
            errors.append(error)
            continue
        if classifier.card.exporter == name:
            return classifier
        opened.append(classifier)
    if opened:
        return opened[0]
    if errors:
        raise errors[0]
    raise ModelError(
        f"expected a run folder, a .keras file, an exported model or `{BUNDLED}`, received {path}; "
        "export the model, or install the exporter that wrote it"
    )


def _ends(path: Path, name: str) -> bool:
    try:
        return plugins.load("exporter", name, Exporter).suffix == path.suffix
    except PluginError:
        # A broken exporter is skipped.
        return False
