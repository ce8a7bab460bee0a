"""Every format gives a picture the same answer, whoever asks and in whatever batch."""

from __future__ import annotations

import csv
import json
import subprocess

import numpy as np
import pytest
from PIL import Image
from served import serving

import mnistkit
from mnistkit import plugins
from mnistkit.prediction.opening import open_any

pytestmark = pytest.mark.slow

SIZES = (1, 2, 3, 8, 63, 64, 65, 255, 256, 999, 1000)
# Formats whose runtime takes one image alone.
SIZES_OF = {"micro": (1,)}
# What the proof of an export allows. In int8 a sum that is taken in another order may round to the
# next step of 1/256.
LIMIT, LIMIT_OF_INT8 = 1e-5, 1 / 256
INT8 = {"onnx-int8", "micro"}
EACH = 6
# A page for a browser has no place behind the commands; tests/exporters asks its runtime.
FORMATS = [name for name in plugins.names("exporter") if name != "web"]


@pytest.fixture(scope="module")
def digits(sample, tmp_path_factory):
    """A dataset with a few pictures of each class in its training and in its test set."""
    folder = tmp_path_factory.mktemp("digits")
    for label in range(10):
        numbers = np.flatnonzero(sample.class_indices == label)[: 2 * EACH]
        for split, some in (("train", numbers[EACH:]), ("test", numbers[:EACH])):
            place = folder / split / str(label)
            place.mkdir(parents=True)
            for number in some:
                Image.fromarray(sample.images[number]).save(place / f"{number:03}.png")
    return folder


def pictures_of(digits):
    """The pictures of the test set."""
    return sorted((digits / "test").glob("*/*.png"))


@pytest.fixture(scope="module", params=FORMATS)
def artifact(request, mnistkit_in, tmp_path_factory):
    """The bundled model in a format."""
    path = tmp_path_factory.mktemp("exported") / f"of-{request.param}"
    if request.param == "litert":
        path = path.with_suffix(".tflite")
    if request.param.startswith("onnx"):
        path = path.with_suffix(".onnx")
    words = ["--exporter", request.param, "--output", path, "--dataset", "mnist-sample"]
    ended = mnistkit_in(path.parent, "export", "bundled", *words)
    if ended.returncode == 3:
        pytest.skip(ended.stderr.splitlines()[-1])
    assert ended.returncode == 0, ended.stderr
    return request.param, path


def test_a_batch_of_any_size_gets_the_answers_of_its_images(artifact, sample):
    name, path = artifact
    sizes = SIZES_OF.get(name, SIZES)
    images = sample.images[: max(*sizes, 50)]
    classifier = open_any(path)
    alone = classifier.raw_predict(images, 1)
    order = np.random.default_rng(0).permutation(len(images))
    limit = LIMIT_OF_INT8 if name in INT8 else LIMIT
    for size in sizes:
        for received, expected in (
            (classifier.raw_predict(images, size), alone),
            (classifier.raw_predict(images[order], size), alone[order]),
        ):
            assert (received.argmax(axis=1) == expected.argmax(axis=1)).all(), size
            np.testing.assert_allclose(received, expected, rtol=0, atol=limit)


def records_of(printed):
    return [json.loads(line) for line in printed.splitlines()]


@pytest.fixture
def answers(artifact, digits, mnistkit_in):
    """The records of `predict`, and the pictures."""
    name, path = artifact
    pictures = pictures_of(digits)
    words = ("--model", path, "--format", "jsonl")
    ended = mnistkit_in(digits, "predict", *pictures, *words, fresh=True)
    assert ended.returncode == 0, ended.stderr
    limit = LIMIT_OF_INT8 if name in INT8 else LIMIT
    return path, pictures, records_of(ended.stdout), limit


def assert_same(records, expected, limit):
    assert [each["label"] for each in records] == [each["label"] for each in expected]
    received, wanted = (
        np.array([each["probabilities"] for each in some]) for some in (records, expected)
    )
    np.testing.assert_allclose(received, wanted, rtol=0, atol=limit)


def test_python_gives_the_answers_of_predict(answers):
    path, pictures, records, limit = answers
    classifier = mnistkit.load(path)
    images = np.stack([classifier.prepare(picture) for picture in pictures])
    probabilities = classifier.predict(images).tolist()
    labels = list(map(classifier.label, pictures))
    received = [
        {"label": label, "probabilities": row}
        for label, row in zip(labels, probabilities, strict=True)
    ]
    assert_same(received, records, limit)


def test_serve_gives_the_answers_of_predict(answers, clean_environment):
    path, pictures, records, limit = answers
    options = {"env": clean_environment, "stderr": subprocess.DEVNULL}
    with serving("--model", path, **options) as server:
        received = []
        for start in range(0, len(pictures), 10):
            sent = {str(each): each.read_bytes() for each in pictures[start : start + 10]}
            reply = server.send("/predict", sent)
            assert reply.status == 200, reply.body
            received += reply.json["predictions"]
    assert_same(received, records, limit)


def test_evaluate_counts_the_answers_of_predict(answers, digits, mnistkit_in, tmp_path):
    path, pictures, records, _ = answers
    words = ("--model", path, "--dataset", f"folder:{digits}", "--format", "json")
    mistakes = tmp_path / "mistakes.csv"
    ended = mnistkit_in(tmp_path, "evaluate", *words, "--mistakes", mistakes, fresh=True)
    assert ended.returncode == 0, ended.stderr
    counted = np.zeros((10, 10), int)
    for picture, record in zip(pictures, records, strict=True):
        counted[int(picture.parent.name), int(record["label"])] += 1
    assert json.loads(ended.stdout)["confusion_matrix"] == counted.tolist()
    with mistakes.open() as file:
        assert len(list(csv.DictReader(file))) == counted.sum() - np.trace(counted)


def test_ray_gives_the_answers_of_predict(answers, digits, mnistkit_in, tmp_path):
    pytest.importorskip("ray", reason="pip install '.[ray]' to run it")
    path, _, records, limit = answers
    words = ("--model", path, "--ray", "local", "--format", "jsonl")
    output = tmp_path / "answers"
    ended = mnistkit_in(
        tmp_path, "predict", digits / "test", *words, "--output", output, fresh=True
    )
    assert ended.returncode == 0, ended.stderr
    texts = [file.read_text() for file in sorted(output.iterdir())]
    assert_same([each for text in texts for each in records_of(text)], records, limit)
