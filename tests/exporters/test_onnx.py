"""The ONNX exporter, against onnx's own reference and checker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import onnx
import pytest
from networks import small_network
from onnx.reference import ReferenceEvaluator

from mnistkit import __version__
from mnistkit.core.models import keras_file
from mnistkit.core.models.card import Card
from mnistkit.errors import ModelError, UsageError
from mnistkit.exporters.onnx import EXPORTER


@pytest.fixture(scope="module")
def model(trained_run):
    """The trained network in Keras."""
    return keras_file.open_model(trained_run.model)


@pytest.fixture(scope="module", params=[13, 18], ids=lambda opset: f"opset {opset}")
def exported(request, model, trained_run, tmp_path_factory):
    """The network in ONNX; its path and its opset."""
    path = tmp_path_factory.mktemp("exported") / "model.onnx"
    facts = EXPORTER.write(model, trained_run.card(), path, {"opset": request.param})
    assert facts == {"opset": request.param}
    return path, request.param


def test_the_graph_says_what_it_is(exported):
    model = onnx.load(exported[0])
    assert model.graph.name == "cnn"
    assert model.model_version == 1
    assert (model.producer_name, model.producer_version) == ("mnistkit", __version__)
    assert model.graph.doc_string == model.doc_string
    assert model.doc_string == (
        "cnn, trained on mnist-sample: from `image`, uint8 [batch, 28, 28], bright ink (255) on "
        "black (0), to `probabilities`, float32 [batch, 10], one for each of the classes "
        "0, 1, 2, 3, 4, 5, 6, 7, 8, 9."
    )


def shape_of(value):
    return [
        dimension.dim_param or dimension.dim_value for dimension in value.type.tensor_type.shape.dim
    ]


def test_the_graph_takes_pixels_and_gives_probabilities(exported):
    path, opset = exported
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert {entry.domain: entry.version for entry in model.opset_import}[""] == opset
    (image,), (probabilities,) = model.graph.input, model.graph.output
    assert (image.name, shape_of(image)) == ("image", ["batch", 28, 28])
    assert image.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert (probabilities.name, shape_of(probabilities)) == ("probabilities", ["batch", 10])
    assert probabilities.type.tensor_type.elem_type == onnx.TensorProto.FLOAT


def test_onnxs_reference_gives_the_probabilities_of_keras(exported, model, sample):
    expected = model(sample.images[:3], training=False).numpy()
    (received,) = ReferenceEvaluator(str(exported[0])).run(None, {"image": sample.images[:3]})
    assert received.dtype == np.float32
    np.testing.assert_allclose(received, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("count", [1, 2, 300])
def test_onnxruntime_gives_the_probabilities_of_keras_in_any_batch(exported, model, sample, count):
    expected = model(sample.images[:count], training=False).numpy()
    received = EXPORTER.open(exported[0]).infer(sample.images[:count])
    assert received.dtype == np.float32
    np.testing.assert_allclose(received, expected, atol=1e-5, rtol=0)


def test_the_card_is_inside_as_json(exported, trained_run):
    metadata = {entry.key: entry.value for entry in onnx.load(exported[0]).metadata_props}
    assert list(metadata) == ["mnistkit"]
    card = json.loads(metadata["mnistkit"])
    assert card["format_version"] == 1
    assert card["toolkit_version"] == __version__
    assert card["class_names"] == list("0123456789")
    assert card["architecture"] == "cnn"
    assert card["dataset"] == "mnist-sample"
    assert card["preparation"] == "digit"
    assert card["accuracy"] == trained_run.record.metrics.test.accuracy
    assert sum(layer["parameters"] for layer in card["layers"]) == 684_490
    assert EXPORTER.open(exported[0]).card == trained_run.card()


@pytest.mark.parametrize("opset", [-1, 0, 12, 19, 1000])
def test_another_opset_is_refused_with_the_reason(model, trained_run, tmp_path, opset):
    with pytest.raises(UsageError, match=f"from 13 to 18, received {opset}: tf2onnx"):
        EXPORTER.write(model, trained_run.card(), tmp_path / "model.onnx", {"opset": opset})
    assert list(tmp_path.iterdir()) == []


def test_the_weights_are_in_the_one_file(trained_run, tmp_path):
    path = tmp_path / "elsewhere.onnx"
    path.write_bytes(trained_run.exported.read_bytes())
    assert EXPORTER.open(path).predict(np.zeros((1, 28, 28), np.uint8)).shape == (1, 10)


def refuse(path, said):
    """Check that a file is refused in one line that names it."""
    with pytest.raises(ModelError, match=said) as refusal:
        EXPORTER.open(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


LAYER = {"name": "a", "type": "B", "output_shape": [None, 1], "parameters": 1}


@pytest.fixture
def card(trained_run):
    """A card that fits, as JSON values."""
    return trained_run.card().to_json()


def test_any_network_of_the_same_form_is_opened(card, tmp_path):
    onnx.save(small_network(card), tmp_path / "model.onnx")
    opened = EXPORTER.open(tmp_path / "model.onnx")
    assert opened.predict(np.full((3, 28, 28), 10, np.uint8)) == pytest.approx(np.ones((3, 10)))


@pytest.mark.parametrize(
    "form",
    [
        {"image": "input_1"},
        {"probabilities": "Identity:0"},
        {"dtype": onnx.TensorProto.FLOAT},
        {"shape": ("batch", 28, 28, 1)},
        {"shape": ("batch", 32, 32)},
        {"shape": (1, 28, 28)},
    ],
    ids=str,
)
def test_other_inputs_or_outputs_are_refused(card, tmp_path, form):
    onnx.save(small_network(card, **form), tmp_path / "model.onnx")
    refuse(tmp_path / "model.onnx", "expected the input `image` uint8")


def test_a_network_without_a_card_is_refused(tmp_path):
    onnx.save(small_network(None), tmp_path / "model.onnx")
    refuse(tmp_path / "model.onnx", "`mnistkit`, received none; name a file that `mnistkit export`")


@pytest.mark.parametrize(
    "change",
    [
        {"format_version": 2},
        {"class_names": list("012345678")},
        {"class_names": "0123456789"},
        {"class_names": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]},
        {"layers": None},
        {"layers": [{"name": "dense"}]},
        {"layers": [{"name": "a", "type": "B", "output_shape": [1], "parameters": "many"}]},
        {"layers": [{"name": "a", "type": "B", "output_shape": "all", "parameters": 1}]},
        {"unknown": 1},
        {"preparation": ["digit"]},
        {"dataset": ["mnist"]},
        {"architecture": None},
        {"accuracy": "high"},
        {"accuracy": 1.5},
        {"accuracy": float("nan")},
        {"accuracy": True},
        {"architecture": "a" * 5_001},
        {"learned_from": ["a" * 5_001]},
        {"class_names": ["0"]},
        {"class_names": [*"012345678", "9\n10"]},
        {"class_names": [*"012345678", "\x1b[31m9"]},
        {"class_names": [*"012345678", "\u202e9"]},
        {"class_names": [*"012345678", "\ud800"]},
        {"class_names": [*"012345678", "9" * 256]},
        {"layers": [LAYER | {"parameters": -1}]},
        {"layers": [LAYER | {"parameters": True}]},
        {"layers": [LAYER | {"parameters": 10**4_000}]},
        {"layers": [LAYER | {"output_shape": [2**60]}]},
        {"layers": [LAYER | {"output_shape": [1] * 9}]},
        {"layers": [LAYER | {"name": "a" * 5_001}]},
        {"layers": [LAYER] * 5_001},
        {"source_sha256": 3},
    ],
    ids=lambda change: str(change)[:60],
)
def test_a_card_that_does_not_fit_is_refused(card, tmp_path, change):
    onnx.save(small_network({**card, **change}), tmp_path / "model.onnx")
    refuse(tmp_path / "model.onnx", "export the model again|with the mnistkit that wrote it")


NOT_CARDS = ["", "{", "null", "[]", '"card"', "[" * 100_000, "9" * 5_000, " " * 2**20 + "{}"]


@pytest.mark.parametrize("text", NOT_CARDS, ids=len)
def test_a_card_that_is_none_is_refused(tmp_path, text):
    onnx.save(small_network(text), tmp_path / "model.onnx")
    refuse(tmp_path / "model.onnx", "expected")


@pytest.mark.parametrize("inside", ["an initializer", "a constant"])
@pytest.mark.parametrize("beside", [False, True], ids=["elsewhere", "in the current folder"])
def test_weights_in_another_file_are_never_read(trained_run, tmp_path, monkeypatch, inside, beside):
    model = onnx.load(trained_run.exported)
    if inside == "a constant":
        position, weights = max(
            enumerate(model.graph.initializer), key=lambda pair: len(pair[1].raw_data)
        )
        node = onnx.helper.make_node("Constant", [], [weights.name], value=weights)
        del model.graph.initializer[position]
        model.graph.node.insert(0, node)
    path = tmp_path / "model.onnx"
    onnx.save(
        model,
        path,
        save_as_external_data=True,
        location="weights.bin",
        size_threshold=100_000,
        convert_attribute=True,
    )
    assert (tmp_path / "weights.bin").stat().st_size > 1_000_000
    if beside:
        monkeypatch.chdir(tmp_path)
    refuse(path, "with its weights inside")


def damaged(model, old, new):
    """A model's bytes with other bytes instead of a text of the same length."""
    assert len(old) == len(new)
    content = model.SerializeToString()
    assert old in content
    return content.replace(old, new)


def refusal_of(path):
    """Why a model is refused, when it is opened or when it runs; nothing where it answers."""
    try:
        EXPORTER.open(path).predict(np.zeros((2, 28, 28), np.uint8))
    except ModelError as refusal:
        return str(refusal)
    return ""


@pytest.mark.parametrize(
    "text", [b"mnistkit-test", b"small", b"mnistkit", b"class_names", b"image", b"probabilities"]
)
def test_texts_that_are_no_utf_8_are_refused_or_nothing(card, tmp_path, text):
    model = small_network(card)
    model.producer_name = "mnistkit-test"
    (tmp_path / "model.onnx").write_bytes(damaged(model, text, b"\xf3" + text[1:]))
    refusal = refusal_of(tmp_path / "model.onnx")
    assert not refusal or str(tmp_path) in refusal


def test_a_file_with_any_bit_flipped_is_opened_or_refused(card, tmp_path, capfd):
    content = small_network(card).SerializeToString()
    path = tmp_path / "model.onnx"
    random = np.random.default_rng(0)
    refused = 0
    for position, bit in zip(random.integers(len(content), size=500), range(500), strict=True):
        flipped = bytearray(content)
        flipped[position] ^= 1 << bit % 8
        path.write_bytes(flipped)
        refusal = refusal_of(path)
        refused += refusal != ""
        assert "\n" not in refusal
    assert 50 < refused < 500
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("length", [0, 100, 100_000])
def test_a_truncated_file_is_refused(trained_run, tmp_path, length):
    (tmp_path / "model.onnx").write_bytes(trained_run.exported.read_bytes()[:length])
    refuse(tmp_path / "model.onnx", "expected a whole ONNX file")


def test_a_file_that_is_no_onnx_or_absent_is_refused(tmp_path):
    (tmp_path / "text.onnx").write_text("no model at all")
    (tmp_path / "folder.onnx").mkdir()
    (tmp_path / "device.onnx").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.onnx")
    for name in ("text", "folder", "device", "pipe"):
        refuse(tmp_path / f"{name}.onnx", "expected a whole ONNX file")
    refuse(tmp_path / "absent.onnx", "no such file")


def test_opening_and_running_imports_neither_tensorflow_nor_onnx(trained_run):
    program = (
        "import sys, numpy\n"
        "from mnistkit import load\n"
        "load(sys.argv[1]).predict(numpy.zeros((2, 28, 28), numpy.uint8))\n"
        "print(sorted({'tensorflow', 'keras', 'onnx', 'tf2onnx', 'onnxruntime'} & {*sys.modules}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(trained_run.exported)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ended.stdout.strip() == "['onnxruntime']"
    assert ended.stderr == ""


def test_a_card_survives_its_way_through_json(trained_run):
    card = replace(trained_run.card(), accuracy=None, dataset=None, source_sha256="0" * 64)
    assert Card.from_json(json.loads(json.dumps(asdict(card)))) == card


def test_a_card_of_another_writer_may_leave_out_where_the_model_is_from(trained_run):
    values = trained_run.card().to_json()
    del values["learned_from"], values["source_sha256"]
    assert Card.from_json(values) == replace(trained_run.card(), learned_from=())
