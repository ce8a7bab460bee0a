"""OpenVINO models of strangers: refused in one line, without another file or a word of its own."""

from __future__ import annotations

import errno
import re
from dataclasses import replace

import numpy as np
import pytest
from full_disk import no_file_above

from mnistkit.core.models.card_file import write_card
from mnistkit.errors import ModelError
from mnistkit.exporters import onnx, openvino

pytest.importorskip("openvino", reason="needs OpenVINO: pip install openvino")


@pytest.fixture
def folder(small_model, small_card, artifact):
    card = replace(small_card, exporter="openvino", exporter_options={})
    openvino.write(small_model, card, artifact, {})
    write_card(artifact, card)
    return artifact


CHANGES = {
    "nested deep": lambda _: "<net>" * 100_000,
    "no format": lambda _: "\x1b[31m\x1b]0;title\x07 {",
    "an operator of an extension": lambda text: text.replace(
        'type="ReLU" version="opset1"', 'type="Evil" version="extension"'
    ),
    "weights behind the end": lambda text: re.sub(r'offset="\d+"', 'offset="99999999999"', text),
    "weights before the start": lambda text: re.sub(r'offset="\d+"', 'offset="-8"', text),
    "weights without end": lambda text: re.sub(r' size="\d+"', ' size="99999999999"', text),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_model_of_a_stranger_is_refused_in_one_line(folder, change, capfd):
    file = folder / "model.xml"
    file.write_text(change(file.read_text()))
    with pytest.raises(ModelError, match="expected a whole OpenVINO model") as refusal:
        openvino.open_folder(folder)
    assert "\n" not in str(refusal.value)
    assert capfd.readouterr() == ("", "")


def test_a_disk_that_fills_up_behind_the_graph_is_an_oserror(small_model, small_card, artifact):
    onnx.write(small_model, small_card, artifact / "graph.onnx", {"opset": onnx.OPSETS[0]})
    size = (artifact / "graph.onnx").stat().st_size
    # What OpenVINO writes takes half as much room again.
    with no_file_above(size + size // 5), pytest.raises(OSError) as failure:  # noqa: PT011
        openvino.write(small_model, small_card, artifact, {})
    assert failure.value.errno == errno.ENOSPC


def test_another_file_is_not_read_into_a_model(folder, tmp_path):
    (tmp_path / "secret").write_text("a secret")
    file = folder / "model.xml"
    entity = f'<!DOCTYPE net [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
    text = re.sub('name="small[^"]*"', 'name="&x;"', file.read_text(), count=1)
    file.write_text(text.replace("?>", f"?>{entity}", 1))
    try:
        opened = repr(openvino.open_folder(folder))
    except ModelError as error:
        opened = str(error)
    assert "a secret" not in opened


def test_what_a_processor_lacks_is_told_without_places_in_a_source(folder, monkeypatch):
    classifier = openvino.open_folder(folder)
    told = "Exception from src/request.cpp:224:\nException from src/node.cpp:8:\n[CPU] too old\n\n"

    def fail(run, _cancel):
        run()
        raise RuntimeError(told)

    monkeypatch.setattr(openvino, "run_interruptibly", fail)
    with pytest.raises(ModelError, match=r"fails on an image \(\[CPU\] too old\)"):
        classifier.predict(np.zeros((1, 28, 28), np.uint8))
