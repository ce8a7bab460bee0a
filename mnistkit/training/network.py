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
    """Build the network of an architecture.

    Args:
        name: The architecture's.
        classes: How many there are.
        dropout: The recipe's, where none is given.
        **options: The architecture's own; what is not there has its default.

    Raises:
        UsageError: It can't be built with options that are not among its own values.
        PluginError: No such architecture, or it does not keep to its contract.
    """
    import_keras()
    architecture = plugins.load("architecture", name, Architecture)
    dropout = architecture.recipe.dropout if dropout is None else dropout
    defaults = {option: values[0] for option, values in architecture.options.items()}
    try:
        model = architecture.build(classes, dropout, **{**defaults, **options})
    # It may be anybody's code.
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
    """Whose fault it is: the user's, where a value was chosen that nobody said to be good."""
    own = [
        f"{option}={value}"
        for option, value in options.items()
        if value not in architecture.options.get(option, ())
    ]
    if own:
        return UsageError(f"{reason}; choose another --option than {', '.join(own)}")
    return PluginError(f"{reason}; its plugin has to be repaired")
