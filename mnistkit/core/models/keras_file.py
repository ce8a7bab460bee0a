"""Opening `.keras` files safely: bounded in size, and without code of their authors."""

from __future__ import annotations

import io
import json
import re
import shlex
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.files import sha256
from mnistkit.core.models.tensorflow import import_keras
from mnistkit.core.packages import KERAS, require
from mnistkit.errors import ModelError, first_line, reason_of

CONFIGURATION, WEIGHTS = "config.json", "model.weights.h5"

# The largest published networks have a tenth of it.
MOST_CONFIGURATION = 2**22
# Keras compresses nothing, and compression hardly halves weights.
MOST_EXPANSION = 10
SLACK = 2**24

# RuntimeError: an archive with a password, or a configuration nested too deep. TypeError: a
# weight of a type that NumPy does not have.
UNREADABLE = (
    OSError,
    KeyError,
    TypeError,
    ValueError,
    RuntimeError,
    zlib.error,
    zipfile.BadZipFile,
)

WANTED = f"a model from uint8 (n, {IMAGE_SHAPE[0]}, {IMAGE_SHAPE[1]}) to (n, classes) probabilities"


def import_advice(path: Path) -> str:
    """Return how a Keras model of another form becomes one of ours, as the end of an error."""
    return f"wrap it with `mnistkit import {shlex.quote(str(path))}`, which makes a run of it"


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Raises:
        ModelError: It can't be read.
    """
    try:
        return sha256(path)
    except FileNotFoundError as error:
        raise missing(path) from error
    except OSError as error:
        raise damaged(path, error) from error


def read_configuration(path: Path) -> Any:
    """Return the content of `config.json`, after a check of the size of all in the archive.

    Raises:
        ModelError: Missing, damaged, or larger when unpacked than a file of its size can be.
        MissingError: Keras is not installed.
    """
    require("a .keras file", KERAS)
    try:
        with zipfile.ZipFile(path) as archive:
            most = MOST_EXPANSION * path.stat().st_size + SLACK
            for member in archive.infolist():
                is_text = member.filename.endswith(".json")
                bound = min(MOST_CONFIGURATION, most) if is_text else most
                content = _content(archive, member, bound)
                most -= len(content)
                if member.filename == WEIGHTS:
                    _check_weights(content)
            return json.loads(_content(archive, archive.getinfo(CONFIGURATION), MOST_CONFIGURATION))
    except FileNotFoundError as error:
        raise missing(path) from error
    except UNREADABLE as error:
        raise damaged(path, error) from error


def check_input(path: Path) -> None:
    """Raise `ModelError` where a file's configuration names another input than our images.

    An input that the configuration does not name is checked when Keras opens the file.
    """
    match read_configuration(path):
        case {"config": {"layers": [{"class_name": "InputLayer", "config": {**first}}, *_]}}:
            shape, dtype = first.get("batch_shape"), first.get("dtype")
            if isinstance(shape, list) and (shape[1:] != [*IMAGE_SHAPE] or dtype != "uint8"):
                raise unfit(path, f"one from {dtype} {tuple(shape)}")


def unfit(path: Path, received: str) -> ModelError:
    """Return the error for a file that is whole, with a model of another form."""
    return ModelError(f"{path}: expected {WANTED}, received {received}; {import_advice(path)}")


def missing(path: Path) -> ModelError:
    """Return the error for a file that is not there."""
    return ModelError(f"no model at {path}; name a run folder, a .keras file or an exported model")


def damaged(path: Path, reason: object) -> ModelError:
    """Return the error for a file that can't be opened."""
    if isinstance(reason, OSError) and reason.filename:
        return ModelError(f"{path}: {reason_of(reason)}")
    return ModelError(
        f"{path}: expected a whole .keras file, received a damaged one ({reason}); "
        "save or train the model again"
    )


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """Return the content of an archive's member; raise `ValueError` for more than a limit."""
    most = max(most, 0)
    # The size stated in the archive may be wrong, and would end the reading.
    member.file_size = most + 2
    with archive.open(member) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{member.filename} has more than {most:,} bytes")
    return content


def _check_weights(content: bytes) -> None:
    """Raise `ValueError` where the weights unpack to much more than the file has."""
    import h5py

    with h5py.File(io.BytesIO(content)) as file:
        check_arrays(file, len(content), WEIGHTS)


def check_arrays(file: Any, size: int, name: str) -> None:
    """Raise `ValueError` where the arrays of an open HDF5 file are much larger than the file."""
    sizes: list[int] = []
    # The function has to return None, which goes on with the next part.
    file.visititems(lambda _name, part: sizes.append(getattr(part, "nbytes", 0)))
    most = MOST_EXPANSION * size + SLACK
    if sum(sizes) > most:
        raise ValueError(f"{name} has weights of more than {most:,} bytes")


# The parts of Keras that networks are made of; a file may name no others, since a layer calls any
# function as its activation. The first is Keras 2's.
PARTS = {
    "engine",
    "activations",
    "constraints",
    "dtype_policies",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "quantizers",
    "random",
    "regularizers",
}
# Keras's own, too, but around code or files of others.
FOREIGN_CODE = {"Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"}


def open_model(path: Path) -> Any:
    """Open a `.keras` file, with its optimizer where it has one.

    Returns:
        A Keras model from uint8 (n, 28, 28) to (n, classes).

    Raises:
        ModelError: Missing, damaged, of another shape, or able to run code.
    """
    refuse_code(path, read_configuration(path))
    keras = import_keras()
    try:
        model = keras.saving.load_model(path)
    # Keras raises many types on a damaged file: ValueError, KeyError, OSError, TypeError and
    # others.
    except Exception as error:
        raise damaged(path, first_line(error)) from error
    if not _fits(model):
        raise unfit(path, _described(model))
    return model


def refuse_code(path: Path, configuration: Any) -> None:
    """Raise `ModelError` for a model whose configuration names more than Keras's own layers.

    Keras's safe mode lets some Lambda layers through, such as one around a Keras function.
    """
    for part in objects(configuration):
        module, name = part.get("module"), part["class_name"]
        if name == "function":
            name = part.get("config")
        # Keras finds a class by `layers.Lambda` and by `keras.layers>Lambda`, too.
        names = re.split(r"[.>]", f"{name}.{part.get('registered_name')}")
        if not FOREIGN_CODE.isdisjoint(names) or not _is_own(module, name):
            raise ModelError(
                f"{path}: expected a model of Keras's own layers, received one with "
                f"{name!r} of {module}, which can run its author's code; build the model without it"
            )


def _is_own(module: object, name: object) -> bool:
    """Return whether a class or function is of the parts of Keras that networks are made of."""
    if module is None or module == "builtins":
        return True
    package, *inner = f"{module}.{name}".replace("keras.src.", "keras.", 1).split(".")
    # `keras.Model`, or a part and what is in it.
    return package == "keras" and (len(inner) == 1 or inner[0] in PARTS)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every serialized object in a Keras configuration, nested ones too."""
    if isinstance(value, dict):
        if "class_name" in value:
            yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def _fits(model: Any) -> bool:
    """Return whether a model takes uint8 images and returns a row for each."""
    match getattr(model, "input_shape", None), getattr(model, "output_shape", None):
        case ((_, *image), (_, int(classes))) if classes > 1:
            return tuple(image) == IMAGE_SHAPE and bool(model.inputs[0].dtype == "uint8")
    return False


def _described(model: Any) -> str:
    if not hasattr(model, "input_shape"):
        return type(model).__name__
    dtype = model.inputs[0].dtype if getattr(model, "inputs", None) else "unknown"
    return f"one from {dtype} {model.input_shape} to {model.output_shape}"
