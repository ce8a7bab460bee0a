"""Keras models: importing the library quietly, opening files safely, reading their layers.

The first import of TensorFlow goes through `import_keras`.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import dropwhile
from pathlib import Path
from typing import Any

from mnistkit import plugins
from mnistkit.__about__ import __version__
from mnistkit.core.arrays import IMAGE_SHAPE, Images, Probabilities
from mnistkit.core.models import keras_file, run_folder
from mnistkit.core.models.card import Card, Layer
from mnistkit.core.models.classifier import Classifier
from mnistkit.errors import (
    MnistkitError,
    ModelError,
    PluginError,
    UsageError,
    first_line,
)
from mnistkit.plugin_types import Architecture

logger = logging.getLogger(__name__)

# The modules whose classes and functions are Keras's own; a file may name no others.
KERAS_MODULES = ("keras", "builtins")


def import_keras() -> Any:
    """Import Keras on TensorFlow; what their native code prints is seen only when debugging."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    # Where a user has no home, its settings would be written into the working directory.
    os.environ.setdefault("KERAS_HOME", os.devnull)
    if not logger.isEnabledFor(logging.DEBUG):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with native_output_hidden():
        import keras
        import tensorflow as tf

        # The first look for devices prints, too.
        tf.config.list_logical_devices()
    return keras


@contextmanager
def native_output_hidden() -> Iterator[None]:
    """Send what is written to file descriptor 2 aside, and bring it back after an error.

    TensorFlow prints its first lines before it reads TF_CPP_MIN_LOG_LEVEL, and some releases
    print others in spite of it. When debugging nothing is hidden.
    """
    if logger.isEnabledFor(logging.DEBUG):
        yield
        return
    sys.stderr.flush()
    with tempfile.TemporaryFile() as aside:
        terminal = os.dup(2)
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except (Exception, SystemExit):
            aside.seek(0)
            os.write(terminal, aside.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)


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
    architecture: Architecture = plugins.load("architecture", name)
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


def open_classifier(path: Path) -> Classifier:
    """Open a `.keras` file; its card comes from the run it stands in, if it does."""
    model = open_model(path)
    return classifier(model, find_card(path, model), path)


def open_model(path: Path) -> Any:
    """Open a `.keras` file, with its optimizer where it has one.

    Returns:
        A Keras model from uint8 (n, 28, 28) to (n, classes).

    Raises:
        ModelError: Missing, damaged, of another shape, or able to run code.
    """
    _refuse_code(path)
    keras = import_keras()
    try:
        model = keras.saving.load_model(path)
    # Keras raises what it likes on a damaged file: ValueError, KeyError, OSError, TypeError
    # among others.
    except Exception as error:
        raise keras_file.damaged(path, first_line(error)) from error
    if not _fits(model):
        raise keras_file.unfit(path, _described(model))
    return model


def find_card(path: Path, model: Any) -> Card:
    """The card of the run that holds `path`, else what the model itself shows."""
    classes = model.output_shape[-1]
    if path.name == run_folder.MODEL_FILE and (path.parent / run_folder.RECORD_FILE).is_file():
        card = run_folder.read(path.parent).card()
        if len(card.class_names) != classes:
            raise ModelError(
                f"{path}: expected {len(card.class_names)} classes, as its run records, received "
                f"{classes}; train anew"
            )
        return card
    return plain_card(model)


def plain_card(model: Any) -> Card:
    """The card of a model without a run: what the model itself shows."""
    return Card(
        toolkit_version=__version__,
        class_names=tuple(str(index) for index in range(model.output_shape[-1])),
        architecture=model.name,
        layers=layer_table(model),
        dataset=None,
        preparation="digit",
        accuracy=None,
    )


def classifier(model: Any, card: Card, path: Path | None = None) -> Classifier:
    """Make a classifier of a Keras model, with dropout off."""
    import tensorflow as tf

    signature = [tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8)]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]  # no stubs
    def forward(images: Any) -> Any:
        return model(images, training=False)

    def infer(images: Images) -> Probabilities:
        probabilities: Probabilities = forward(images).numpy()
        return probabilities

    return Classifier(card, infer, path)


def layer_table(model: Any) -> tuple[Layer, ...]:
    """List the network's layers, from the first that has weights.

    What stands before it only prepares the pixels: input, scaling, resizing.
    """
    network = dropwhile(lambda layer: layer.count_params() == 0, model.layers)
    return tuple(
        Layer(layer.name, type(layer).__name__, _output_shape(layer), layer.count_params())
        for layer in network
    )


def _output_shape(layer: Any) -> tuple[int | None, ...]:
    """Without the batch; of the first output, where a layer has several."""
    output = layer.output[0] if isinstance(layer.output, list | tuple) else layer.output
    return tuple(output.shape[1:])


def _refuse_code(path: Path) -> None:
    """Refuse a file whose configuration names anything but Keras's own building blocks.

    Keras's safe mode lets some Lambda layers through, such as one around a Keras function.
    """
    for part in _objects(keras_file.read_configuration(path)):
        module = part.get("module")
        own = module is None or str(module).split(".")[0] in KERAS_MODULES
        # Keras finds a class by `layers.Lambda` and by `keras.layers>Lambda`, too.
        names = re.split(r"[.>]", f"{part['class_name']}.{part.get('registered_name')}")
        if "Lambda" in names or not own:
            raise ModelError(
                f"{path}: expected a model of Keras's own layers, received one with "
                f"{part['class_name']!r} of {module}, which can run code of its author's; build "
                "the model without it"
            )


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every serialized object in a Keras configuration, nested ones too."""
    if isinstance(value, dict):
        if "class_name" in value:
            yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _fits(model: Any) -> bool:
    """Whether it takes uint8 images and gives a row for each."""
    match getattr(model, "input_shape", None), getattr(model, "output_shape", None):
        case ((_, *image), (_, int(classes))) if classes > 1:
            return tuple(image) == IMAGE_SHAPE and bool(model.inputs[0].dtype == "uint8")
    return False


def _described(model: Any) -> str:
    if not hasattr(model, "input_shape"):
        return type(model).__name__
    dtype = model.inputs[0].dtype if getattr(model, "inputs", None) else "unknown"
    return f"one from {dtype} {model.input_shape} to {model.output_shape}"
