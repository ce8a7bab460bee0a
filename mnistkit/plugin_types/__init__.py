"""What an entry point of each kind loads to.

`flaw` of each says what breaks its contract. It is asked when a plugin is loaded, and of each
dataset that a family makes.
"""

from __future__ import annotations

from typing import Any

from mnistkit.plugin_types.architecture import Architecture
from mnistkit.plugin_types.dataset import Dataset, DatasetFamily
from mnistkit.plugin_types.exporter import Exporter
from mnistkit.plugin_types.tracker import Tracker

__all__ = ["TYPES", "Architecture", "Dataset", "DatasetFamily", "Exporter", "Tracker"]

TYPES: dict[str, tuple[type[Any], ...]] = {
    "command": (),
    "architecture": (Architecture,),
    "dataset": (Dataset, DatasetFamily),
    "exporter": (Exporter,),
    "tracker": (Tracker,),
}
"""Of which types an entry point of each kind is; that of a command is a function."""
