"""What predict prints is read back as it was, whatever the sources and labels are called."""

from __future__ import annotations

import csv
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays
from made_up import ALWAYS, TEXTS

from mnistkit.cli.predict.formats import make_format
from mnistkit.prediction.records import Answers, Prediction, record_of

CLASSES = 3
# Bytes of a name that are no text are among them.
SOURCES = some.text(max_size=9)
CONFIDENCES = some.floats(0, 1, width=32)


@some.composite
def predictions(draw):
    source, kind = draw(SOURCES), draw(some.integers(0, 3))
    if kind == 0:
        return Prediction(source, error=draw(SOURCES))
    if kind == 1:
        return Prediction(source)
    return Prediction(source, draw(arrays(np.float32, CLASSES, elements=CONFIDENCES)))


def answers_of(names, top):
    classifier = SimpleNamespace(class_names=names, path=None)
    return Answers(classifier, top, min_confidence=0.2)


GIVEN = given(
    some.lists(predictions(), max_size=4),
    some.lists(TEXTS, min_size=CLASSES, max_size=CLASSES).map(tuple),
    some.integers(1, CLASSES),
)


def printed(name, answers, told):
    form = make_format(name, answers)
    return [*form.begin(), *(line for each in told for line in form.record(each)), *form.end(None)]


@ALWAYS
@GIVEN
def test_json_holds_the_records(told, names, top):
    answers = answers_of(names, top)
    expected = [record_of(each, answers) for each in told]
    document = json.loads("\n".join(printed("json", answers, told)))
    assert document["predictions"] == expected
    assert document["class_names"] == list(names)
    assert [json.loads(line) for line in printed("jsonl", answers, told)] == expected


@ALWAYS
@GIVEN
def test_csv_holds_sources_labels_and_confidences(told, names, top):
    answers = answers_of(names, top)
    text = "".join(f"{line}\r\n" for line in printed("csv", answers, told))
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert header[:3] == ["source", "label", "confidence"]
    for row, each in zip(rows, told, strict=True):
        record = record_of(each, answers)
        assert row[0] == each.source
        assert row[1] == (record.get("label") or "")
        if record.get("confidence") is not None:
            assert float(row[2]) == pytest.approx(record["confidence"], abs=5e-5)
        assert len(row) == len(header)


@ALWAYS
@GIVEN
def test_text_holds_a_line_for_each(told, names, top):
    lines = printed("text", answers_of(names, top), told)
    assert len(lines) == len(told)
    assert all(line.count("\t") == 2 * top for line in lines)
    assert all(len(line.splitlines()) <= 1 for line in lines)
