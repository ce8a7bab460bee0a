"""All that the author of a plugin needs; nothing else is public but `mnistkit.load`.

A distribution adds to mnistkit by declaring entry points in these groups:

| group                  | what the entry point loads to                          |
|------------------------|--------------------------------------------------------|
| mnistkit.commands      | a function with Typer parameters, or a `typer.Typer`   |
| mnistkit.architectures | an `Architecture`                                      |
| mnistkit.datasets      | a `Dataset`, or a `DatasetFamily` for `NAME:TEXT`      |
| mnistkit.exporters     | an `Exporter`                                          |
| mnistkit.trackers      | a `Tracker`                                            |

The built-in plugins are declared the same way, in this project's own pyproject.toml.
"""

from __future__ import annotations

from pathlib import Path

from mnistkit.core.arrays import IMAGE_SHAPE, ClassIndices, Images, Probabilities, Split
from mnistkit.core.models.card import Card, Layer
from mnistkit.core.models.card_file import read_card
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.models.tracked_run import Figures, Outcome, TrackedRun, Tracking
from mnistkit.core.recipe import Recipe
from mnistkit.data.loading import load_split
from mnistkit.errors import (
    DatasetError,
    MissingError,
    MnistkitError,
    ModelError,
    OutputError,
    UsageError,
    VerificationError,
)
from mnistkit.fetching.publication import Publication, RemoteFile
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import Architecture, Dataset, DatasetFamily, Exporter, Tracker

__all__ = [
    "IMAGE_SHAPE",
    "Architecture",
    "Card",
    "ClassIndices",
    "Classifier",
    "Dataset",
    "DatasetError",
    "DatasetFamily",
    "Exporter",
    "Figures",
    "Images",
    "Layer",
    "MissingError",
    "MnistkitError",
    "ModelError",
    "Outcome",
    "OutputError",
    "Path",
    "Probabilities",
    "Publication",
    "Recipe",
    "RemoteFile",
    "Split",
    "Store",
    "TrackedRun",
    "Tracker",
    "Tracking",
    "UsageError",
    "VerificationError",
    "load_split",
    "read_card",
]
