"""Uncertain answers are marked where people read them and in records, and nowhere else."""

import json
import sys

import numpy as np
import pytest

from mnistkit.cli.predict.formats import make_format
from mnistkit.prediction.records import Answers, Prediction


def sure_of(confidence):
    """A prediction of a 7 with this confidence."""
    probabilities = np.full(10, (1 - confidence) / 9, np.float32)
    probabilities[7] = confidence
    return Prediction("seven.png", probabilities)


def lines(name, classifier, prediction, **options):
    return list(make_format(name, Answers(classifier, **options)).record(prediction))


@pytest.mark.parametrize(("confidence", "mark"), [(0.49, "7?"), (0.51, "7"), (1, "7")])
def test_a_terminal_shows_a_question_mark(classifier, monkeypatch, confidence, mark):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    (line,) = lines("text", classifier, sure_of(confidence))
    assert line.split() == ["seven.png", mark, f"{confidence:.4f}"]


def test_a_label_that_is_left_out_has_no_question_mark(classifier, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    (line,) = lines("text", classifier, sure_of(0.4), min_confidence=0.45)
    assert line.split() == ["seven.png", "-", "0.4000"]
    (line,) = lines("text", classifier, Prediction("blank.png"))
    assert line.split() == ["blank.png", "-", "-"]


@pytest.mark.parametrize(("confidence", "uncertain"), [(0.49, True), (0.51, None)])
def test_a_record_says_so(classifier, confidence, uncertain):
    (line,) = lines("jsonl", classifier, sure_of(confidence))
    assert json.loads(line).get("uncertain") is uncertain


@pytest.mark.parametrize(
    ("name", "expected"),
    [("text", "seven.png\t7\t0.4000"), ("label", "7"), ("csv", "seven.png,7,0.4000")],
)
def test_pipes_get_the_label_alone(classifier, name, expected):
    assert lines(name, classifier, sure_of(0.4)) == [expected]
