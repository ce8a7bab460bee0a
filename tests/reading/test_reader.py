"""A page reader is opened from its file, and what is none is refused in one line."""

from __future__ import annotations

import shutil

import numpy as np
import onnx
import pytest

from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.core.models.onnx_file import READER_KEY
from mnistkit.errors import ModelError
from mnistkit.prediction.opening import open_served
from mnistkit.reading.reader import BUNDLED_READER, choose_reader, open_reader


@pytest.fixture
def changed(tmp_path):
    """The bundled reader with another text for its card, or changed otherwise."""

    def write(card=None, change=None):
        model = onnx.load(BUNDLED_READER)
        for entry in model.metadata_props:
            if card is not None and entry.key == READER_KEY:
                entry.value = card
        if change is not None:
            change(model)
        onnx.save(model, tmp_path / "changed.onnx")
        return tmp_path / "changed.onnx"

    return write


def refusal(path):
    with pytest.raises(ModelError) as caught:
        open_reader(path)
    text = str(caught.value)
    assert text.startswith(str(path))
    assert "\n" not in text
    assert len(text) < 700
    return text


def test_the_bundled_reader_says_how_it_was_trained(reader):
    assert reader.path == choose_reader("bundled") == BUNDLED_READER
    assert reader.card.command.startswith("mnistkit train-reader ")
    assert reader.card.kind == "reader"
    assert {"tensorflow", "keras", "numpy"} <= reader.card.packages.keys()
    assert reader.card.measures


def test_the_bundled_reader_is_small():
    assert BUNDLED_READER.stat().st_size < 3_000_000


def test_a_reader_is_named_by_its_file(tmp_path):
    shutil.copy(BUNDLED_READER, tmp_path / "other.onnx")
    assert open_reader(choose_reader(tmp_path / "other.onnx")).path == tmp_path / "other.onnx"


def test_a_reader_is_named_by_the_folder_of_its_training(tmp_path):
    shutil.copy(BUNDLED_READER, tmp_path / "reader.onnx")
    assert choose_reader(tmp_path) == tmp_path / "reader.onnx"


def test_a_folder_without_a_reader_is_told_in_one_line():
    with pytest.raises(ModelError, match=r"received a folder without reader\.onnx; name") as told:
        choose_reader(BUNDLED_RUN)
    assert str(told.value).startswith(f"{BUNDLED_RUN}: expected a page reader, or the folder ")


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (33, 250), (1, 700)])
def test_a_page_of_any_size_is_answered(reader, shape):
    page = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    marks = reader.look(page, threshold=0)
    assert np.isfinite(marks.boxes).all()
    assert ((marks.heat >= 0) & (marks.heat <= 1)).all()
    assert marks.classes.sum(axis=1) == pytest.approx(1, abs=1e-4)


def test_a_classifier_is_no_page_reader():
    text = refusal(BUNDLED_RUN / "model.onnx")
    assert "expected a page reader, received a classifier; name `bundled` or a file" in text


def test_a_page_reader_is_no_classifier():
    with pytest.raises(ModelError, match=r"expected a classifier, received a page reader; .*read"):
        open_served(BUNDLED_READER)


def test_what_is_no_file_of_a_reader_is_refused(tmp_path):
    assert "no such file" in refusal(tmp_path / "absent.onnx")
    for name, content in {
        "empty": b"",
        "text": b"no network",
        "half": BUNDLED_READER.read_bytes()[:200_000],
    }.items():
        (tmp_path / name).write_bytes(content)
        assert "can't be opened" in refusal(tmp_path / name)
    assert "can't be opened" in refusal(tmp_path)


def test_a_network_without_a_card_is_refused(changed):
    def forget(model):
        del model.metadata_props[:]

    assert "received another ONNX file" in refusal(changed(change=forget))


def test_a_network_of_another_form_is_refused(changed):
    def rename(model):
        for value in model.graph.output:
            value.name = "other" if value.name == "heat" else value.name
        for node in model.graph.node:
            node.output[:] = ["other" if name == "heat" else name for name in node.output]

    assert "expected the input `page`" in refusal(changed(change=rename))


def test_a_network_that_fails_on_a_page_is_told_in_one_line(changed):
    """There is no cell of so high a number, which shows only when it is looked up."""

    def spoil(model):
        for node in model.graph.node:
            node.output[:] = ["heats" if name == "heat" else name for name in node.output]
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.array([10**6]), "far"))
        node = onnx.helper.make_node
        model.graph.node.extend(
            [
                node("Cast", ["heats"], ["whole"], to=onnx.TensorProto.INT64),
                node("Add", ["whole", "far"], ["numbers"]),
                node("GatherElements", ["heats", "numbers"], ["heat"]),
            ]
        )

    opened = open_reader(changed(change=spoil))
    with pytest.raises(ModelError, match="received one that fails on a page") as told:
        opened.look(np.full((64, 64), 255, np.uint8))
    assert str(told.value).startswith(str(opened.path))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("card", ["", "{", "[]", '{"kind": "classifier"}'])
def test_a_damaged_card_is_refused(changed, card):
    assert "card" in refusal(changed(card))
