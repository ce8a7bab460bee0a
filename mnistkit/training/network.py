"""Building the network of an architecture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mnistkit import plugins
from mnistkit.core.models.keras_file import _described, _fits
from mnistkit.core.models.tensorflow import import_keras
from mnistkit.errors import MnistkitError, PluginError, UsageError
from mnistkit.plugin_types import Architecture


def build(name: str, classes: int, dropout: float | None = None, /, **options: Any) -> Any:
    """Return the Keras model of an architecture, untrained.

    Args:
        name: The architecture's name.
        classes: Number of classes.
        dropout: Dropout rate, in [0, 1); None for the recipe's.
        **options: Values of the architecture's own options; the others have their defaults.

    Raises:
        UsageError: It can't be built with an option's value that it does not list.
        PluginError: It does not exist, or breaks the contract of an architecture.
    """
    import_keras()
    architecture = plugins.load("architecture", name, Architecture)
    dropout = architecture.recipe.dropout if dropout is None else dropout
    defaults = {option: values[0] for option, values in architecture.options.items()}
    try:
        model = architecture.build(classes, dropout, **{**defaults, **options})
    # A plugin may raise anything.
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")
        raise _unbuilt(
            architecture,
            options,
            f"architecture {name!r} of {plugins.owner_of('architecture', name)} can't be built for "
            f"{classes} classes: {reason}",
        ) from error
    if not _fits(model) or model.output_shape[-1] != classes:
        raise _unbuilt(
            architecture,
            options,
            f"architecture {name!r} of {plugins.owner_of('architecture', name)}: expected a model "
            f"from uint8 (n, 28, 28) to (n, {classes}), received {_described(model)}",
        )
    return model


def _unbuilt(architecture: Architecture, options: Mapping[str, Any], reason: str) -> MnistkitError:
    """Return a UsageError if the user chose a value that is not listed, else a PluginError."""
    own = [
        f"{option}={value}"
        for option, value in options.items()
        if value not in architecture.options.get(option, ())
    ]
    if own:
        return UsageError(f"{reason}; choose another --option than {', '.join(own)}")
    return PluginError(f"{reason}; its plugin has to be repaired")
