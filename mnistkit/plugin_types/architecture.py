"""What an entry point of an architecture loads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mnistkit.core import plugin_options
from mnistkit.core.plugin_options import Declared
from mnistkit.core.recipe import Recipe
from mnistkit.plugin_types.fields import mistyped


@dataclass(frozen=True)
class Architecture:
    """A network and how to train it.

    Args:
        summary: One line for people who choose.
        recipe: What it trains best with.
        build: Called as `build(classes, dropout, **options)`, with a value for each of
            `options`. Returns an uncompiled functional Keras model of built-in layers
            only, from uint8 (n, 28, 28) to float32 (n, classes) probabilities: scaling
            and resizing are its first layers. A layer `Rescaling(1.0, name="temperature")`
            before its softmax is calibrated after the last epoch, on the validation set.
        options: What can be chosen about the network, by name: the values worth trying,
            all text, int, float or bool, the default first.
    """

    summary: str
    recipe: Recipe
    build: Callable[..., Any]
    options: Declared = field(default_factory=dict)

    def flaw(self) -> str | None:
        """Say what breaks the contract; None where nothing does."""
        types = {"summary": str, "recipe": Recipe, "options": Mapping}
        return mistyped(self, types) or plugin_options.flaw(self.options)
