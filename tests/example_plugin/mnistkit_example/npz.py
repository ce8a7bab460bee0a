"""An exporter: the weights of a perceptron, for NumPy alone."""

import json
import zipfile

import numpy as np

from mnistkit.contracts import Card, Classifier, Exporter, ModelError, UsageError


def write(model, card, path, options):
    """Write the weights of every dense layer, and the card."""
    dense = [layer for layer in model.layers if layer.weights]
    if any(type(layer).__name__ != "Dense" for layer in dense):
        raise UsageError(
            "expected a network of dense layers, received another; use --exporter onnx"
        )
    arrays = {}
    for number, layer in enumerate(dense):
        arrays[f"kernel_{number}"], arrays[f"bias_{number}"] = layer.get_weights()
    save = np.savez_compressed if options["compressed"] else np.savez
    with path.open("wb") as file:
        save(file, card=json.dumps(card.to_json()), **arrays)
    return {"arrays": len(arrays)}


def open_file(path):
    """Return a classifier that needs nothing but NumPy."""
    try:
        with np.load(path, allow_pickle=False) as file:
            card = Card.from_json(json.loads(str(file["card"])))
            layers = [
                (file[f"kernel_{number}"], file[f"bias_{number}"])
                for number in range((len(file.files) - 1) // 2)
            ]
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path}: expected exported weights, received {error}") from error

    def infer(images):
        x = images.reshape(len(images), -1).astype(np.float32) / 255
        for kernel, bias in layers[:-1]:
            x = np.maximum(x @ kernel + bias, 0)
        kernel, bias = layers[-1]
        scores = x @ kernel + bias
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    return Classifier(card, infer, path)


EXPORTER = Exporter(
    summary="a perceptron's weights, for NumPy alone",
    suffix=".npz",
    write=write,
    open=open_file,
    options={"compressed": (False, True)},
)
