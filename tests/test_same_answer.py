"""The same picture gets the same answer, wherever, however and beside whatever it is asked for."""

from __future__ import annotations

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from forking import FRESH
from PIL import Image
from terminals import on_terminal

from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.prediction.opening import open_served

# What the proof of an export allows by default; the float formats keep to it from batch to batch.
LIMIT = 1e-5
# With what a locale may write in its own way: numbers, and letters in the other case.
NAMES = ("0.png", "I.png", "i.png", "1,5.png", "Zahl \u00df \u0131 \u0130.png")

ENVIRONMENTS = {
    "C": {"LC_ALL": "C"},
    "C.UTF-8": {"LC_ALL": "C.UTF-8"},
    "German": {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"},
    "Turkish": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "a day ahead": {"TZ": "Pacific/Kiritimati"},
    "a wide terminal": {"COLUMNS": "400", "LINES": "3", "FORCE_COLOR": "1"},
    "a narrow one": {"COLUMNS": "10", "TERM": "dumb"},
    "one thread": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "7"},
}

COMMANDS = (
    "read example:page --format jsonl",
    "predict . --format csv --model bundled",
    "datasets show mnist-sample --format json",
    "evaluate bundled --dataset mnist-sample --limit 200 --format json",
    "export bundled --dataset mnist-sample --force --quiet",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, sample):
    """Pictures with names that locales treat in their own ways."""
    folder = tmp_path_factory.mktemp("pictures")
    for name, image in zip(NAMES, sample.images, strict=False):
        Image.fromarray(image).save(folder / name)
    return folder


@pytest.fixture(scope="module")
def locales(tmp_path_factory):
    """A folder of locales, which no system needs to have."""
    if not (shutil.which("localedef") and Path("/usr/share/i18n/locales").is_dir()):
        pytest.skip("apt install locales to run it")
    folder = tmp_path_factory.mktemp("locales")
    for name in ("de_DE", "tr_TR"):
        command = ["localedef", "-i", name, "-f", "UTF-8", folder / f"{name}.UTF-8"]
        subprocess.run(command, check=True, capture_output=True)
    return {"LOCPATH": str(folder)}


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def environment(request, clean_environment):
    """An environment that differs from that of the tests."""
    changes = ENVIRONMENTS[request.param]
    if "LANG" in changes:
        changes = changes | request.getfixturevalue("locales")
    return clean_environment | changes


@pytest.fixture(scope="module")
def plain(mnistkit_in, folder):
    """What a command prints in the environment of the tests."""

    def run(*words):
        return mnistkit_in(folder, *words, text=False).stdout

    return run


def answers_of(printed):
    """The labels and the probabilities in lines of JSON."""
    records = list(map(json.loads, printed.splitlines()))
    probabilities = np.array([each["probabilities"] for each in records])
    return [each["label"] for each in records], probabilities


@pytest.mark.sampled(4)
def test_an_environment_changes_no_byte(environment, plain, mnistkit_in, folder):
    words = ("predict", *NAMES, "--model", "bundled", "--format", "jsonl")
    ended = mnistkit_in(folder, *words, text=False, env=environment)
    assert ended.returncode == 0
    assert len(ended.stdout.splitlines()) == len(NAMES)
    assert ended.stdout == plain(*words)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_an_environment_changes_no_byte_of_other_commands(
    command, environment, plain, mnistkit_in, folder
):
    words = command.split()
    ended = mnistkit_in(folder, *words, text=False, env=environment)
    assert ended.returncode == 0
    assert timeless(ended.stdout) == timeless(plain(*words))


def timeless(printed):
    """A result without how fast it was."""
    text = printed.decode()
    if not text.startswith("{"):
        return text
    return {name: value for name, value in json.loads(text).items() if "second" not in name}


@pytest.mark.parametrize("columns", [10, 300])
def test_a_terminal_shows_the_labels_of_a_pipe(plain, folder, clean_environment, columns):
    words = ("predict", "0.png", "i.png", "--model", "bundled", "--quiet")
    environment = clean_environment | {"COLUMNS": str(columns), "TERM": "xterm"}
    shown = on_terminal([*FRESH, *words], environment, folder).decode().split()
    assert shown[3:] == plain(*words).decode().split()


def test_a_terminal_gets_the_records_of_a_pipe(plain, folder, clean_environment):
    words = ("predict", "0.png", "i.png", "--model", "bundled", "--quiet", "--format", "jsonl")
    shown = on_terminal([*FRESH, *words], clean_environment | {"TERM": "xterm"}, folder)
    assert shown.replace(b"\r\n", b"\n") == plain(*words)


def assert_same(received, expected, limit=LIMIT):
    assert (received.argmax(axis=1) == expected.argmax(axis=1)).all()
    np.testing.assert_allclose(received, expected, rtol=0, atol=limit)


def test_neither_its_batch_nor_its_place_in_it_changes_an_answer(bundled, sample):
    images = sample.images[:150]
    alone = bundled.raw_predict(images, 1)
    for size in (7, 64, 149):
        assert_same(bundled.raw_predict(images, size), alone)
    order = np.random.default_rng(0).permutation(len(images))
    assert_same(bundled.raw_predict(images[order], 64), alone[order])


def test_callers_at_once_get_what_each_gets_alone(sample):
    classifier = open_served(BUNDLED_RUN, threads=2)
    parts = np.split(sample.images[:120], [1, 10, 70])
    alone = [classifier.predict(part) for part in parts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(classifier.predict, parts * 4))
    for received, expected in zip(together, alone * 4, strict=True):
        assert_same(received, expected)
