"""Bad models: networks, archives, folders and records that are damaged, endless or not ours."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import onnx
from networks import small_network

from bad_files.damage import damaged
from bad_files.datasets import archive
from mnistkit.core.models.card_file import CARD_FILE
from mnistkit.core.models.run_folder import RECORD_FILE, Run

DEEP = b'{"a":' * 100_000


def bad_models(run: Run) -> dict[str, bytes]:
    """Return bad files of models by their names.

    Args:
        run: A whole one.
    """
    card = run.card().to_json()
    whole = small_network(card).SerializeToString()
    keras = run.model.read_bytes()
    entities = b"<!DOCTYPE a [<!ENTITY b '&c;&c;'><!ENTITY c '&b;&b;'>]><net>&b;</net>"
    files = {
        "empty.onnx": b"",
        "pickle.onnx": pickle.dumps([1]),
        "zeros.onnx": bytes(10_000),
        "no-card.onnx": small_network(None).SerializeToString(),
        "deep-card.onnx": small_network(DEEP.decode()).SerializeToString(),
        "long-card.onnx": small_network('"' + "x" * 2**21 + '"').SerializeToString(),
        "outside.onnx": _outside(card),
        "fails.onnx": small_network(card, fault="fails").SerializeToString(),
        "rows.onnx": small_network(card, fault="too few rows").SerializeToString(),
        "nan.onnx": small_network(card, fault="no numbers").SerializeToString(),
        "endless.onnx": _endless(card),
        "empty.keras": b"",
        "pickle.keras": pickle.dumps([1]),
        "text.keras": b"no archive",
        "slip.keras": archive({"../../slipped.json": b"{}", "config.json": b"{}"}),
        "bomb.keras": archive({"config.json": bytes(2**28), "model.weights.h5": b""}),
        "deep.keras": archive({"config.json": DEEP, "metadata.json": b"{}"}),
        "lambda.keras": archive({"config.json": _code(), "metadata.json": b"{}"}),
        "weights.h5": b"\x89HDF\r\n\x1a\n" + bytes(500),
        "empty.tflite": b"",
        "zeros.tflite": bytes(4) + b"TFL3" + bytes(100),
        "entities.xml": entities,
        "pickle.pkl": pickle.dumps([1]),
    }
    files |= damaged("whole.onnx", whole, ends=6, flips=12)
    files |= damaged("whole.keras", keras, ends=6, flips=6)
    return files


def _outside(card) -> bytes:
    """Return a network whose weights are a file of the system's."""
    model = small_network(card)
    weights = next(each for each in model.graph.initializer if each.name == "ones")
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    for key, value in {"location": "../../../etc/passwd", "length": "40"}.items():
        weights.external_data.add(key=key, value=value)
    return model.SerializeToString()


def _endless(card) -> bytes:
    """Return a network of a pixel for each of 2,000 million in a row."""
    model = small_network(card)
    helper = onnx.helper
    sizes = onnx.numpy_helper.from_array(onnx.numpy_helper.np.array([50_000, 50_000]), "sizes")
    model.graph.initializer.append(sizes)
    model.graph.node.insert(0, helper.make_node("ConstantOfShape", ["sizes"], ["unused"]))
    model.graph.output.append(helper.make_tensor_value_info("unused", onnx.TensorProto.FLOAT, None))
    return model.SerializeToString()


def _code() -> bytes:
    layer = {"class_name": "Lambda", "module": "keras.layers", "config": {"function": "touch"}}
    return json.dumps({"class_name": "Sequential", "config": {"layers": [layer]}}).encode()


def bad_folders(run: Run, folder: Path) -> list[Path]:
    """Write folders of runs and exported models that are none; return them."""
    record = json.dumps(run.record.to_json()).encode()
    card = json.dumps(run.card().to_json()).encode()
    huge = record.replace(b'"seed": 0', b'"seed": ' + b"9" * 5000)
    records = {
        "empty": b"",
        "null": b"null",
        "list": b"[]",
        "deep": DEEP,
        "large": b" " * 2**25,
        "nan": record.replace(b'"seed": 0', b'"seed": NaN'),
        "huge": huge,
        "later": record.replace(b'"format_version": 1', b'"format_version": 99'),
        "latin": record.replace(b"cnn", b"\xe9"),
        "alone": record.replace(b"cnn", rb"\ud800"),
        "twice": record.replace(b'"seed": 0', b'"seed": 0, "seed": 1'),
        "pickle": pickle.dumps([1]),
    }
    records |= {
        name.partition(".")[0]: content
        for name, content in damaged("whole.json", record, ends=6, flips=12).items()
    }
    cards = {"card-empty": b"", "card-deep": DEEP, "card-alone": card}
    cards |= {
        f"card-{exporter}": card.replace(
            b'"exporter": null', b'"exporter": "%s"' % exporter.encode()
        )
        for exporter in ("openvino", "saved-model", "web", "micro", "../../x", "onnx")
    }
    for file, contents in ((RECORD_FILE, records), (CARD_FILE, cards)):
        for name, content in contents.items():
            (folder / name).mkdir(parents=True)
            (folder / name / file).write_bytes(content)
    (folder / "saved").mkdir()
    (folder / "saved" / "saved_model.pb").write_bytes(b"\x08\x01" * 50)
    return [folder / name for name in (*records, *cards, "saved")]
