"""From a folder of pictures that are no digits to their labels, as a user goes."""

from __future__ import annotations

import json
import shlex
import shutil

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from mnistkit.cli.app import app

pytestmark = pytest.mark.thorough

SHAPES = {
    "bar 10": lambda place: abs(place[1]) < 8,
    "bar 9": lambda place: abs(place[0]) < 8,
    "disc": lambda place: (place**2).sum(axis=0) < 24**2,
}


def call(*words):
    answered = CliRunner().invoke(app, list(map(str, words)))
    assert answered.exit_code == 0, answered.output
    return answered


def draw(shape, random):
    """A grey shape on white, off the middle, in colour: uint8 (90, 80, 3)."""
    place = np.mgrid[:90, :80] - 30 - random.integers(0, 20, (2, 1, 1))
    inside = SHAPES[shape](place) & (abs(place) < 25).all(axis=0)
    picture = np.full((90, 80, 3), 250, np.uint8)
    picture[inside] = random.integers(20, 130, 3)
    return Image.fromarray(picture)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with `my shapes`, 40 pictures a class, and a run that learned them."""
    folder = tmp_path_factory.mktemp("own")
    random = np.random.default_rng(0)
    for shape in SHAPES:
        (folder / "my shapes" / shape).mkdir(parents=True)
        for number in range(40):
            draw(shape, random).save(folder / "my shapes" / shape / f"{number}.jpg", quality=95)
    with pytest.MonkeyPatch.context() as here:
        here.chdir(folder)
        call("train", "--dataset", "folder:my shapes", "--epochs", 2, "--output", "run")
    return folder


def test_the_run_records_where_its_data_is_and_how_pictures_are_prepared(place):
    record = json.loads((place / "run" / "run.json").read_text())
    assert record["settings"]["dataset"] == f"folder:{place / 'my shapes'}"
    assert record["dataset"]["preparation"] == "object"
    assert record["dataset"]["class_names"] == ["bar 9", "bar 10", "disc"]


def test_predict_prepares_pictures_as_the_run_says(place, tmp_path):
    random = np.random.default_rng(1)
    for number, shape in enumerate(SHAPES):
        draw(shape, random).save(tmp_path / f"{number}.png")
    words = ("predict", tmp_path, "--model", place / "run", "--format", "label")
    assert call(*words, "--save-image", tmp_path / "seen").stdout.splitlines() == list(SHAPES)
    with Image.open(tmp_path / "seen" / "0.png") as seen:
        image = np.asarray(seen)
    # As high as the image: an ink box would leave a margin of 4.
    assert np.ptp(np.flatnonzero(image.any(axis=1))) + 1 == 28


def test_evaluate_and_resume_find_the_data_from_another_folder(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = call("evaluate", "--model", place / "run").stdout
    # Names this long stand in front of the rows alone.
    assert " 1 bar 10 " in text
    assert max(map(len, text.splitlines())) <= 80
    call("train", "--resume", place / "run", "--epochs", 3)
    assert len(json.loads((place / "run" / "run.json").read_text())["history"]) == 3


@pytest.mark.parametrize("file", ["model.onnx", "model.keras"])
def test_a_model_file_does_not_decide_which_files_are_opened(place, file):
    own = f"folder:{place / 'my shapes'}"
    words = ["evaluate", "--model", str(place / "run" / file), "--limit", "5"]
    answered = CliRunner().invoke(app, words)
    assert answered.exit_code == 2
    assert answered.stdout == ""
    (line,) = answered.stderr.splitlines()
    advice = shlex.split(line.partition("; add ")[2].partition(", or ")[0])
    assert advice == ["--dataset", own]
    assert "accuracy" in call(*words, *advice).stdout


@pytest.mark.slow
def test_the_proof_of_a_model_file_needs_no_files_of_another(place, tmp_path):
    file = place / "run" / "model.keras"
    proved = call("export", "--model", file, "--output", tmp_path / "a.onnx")
    assert "using the bundled sample instead: --dataset mnist-sample" in proved.stderr
    # A run is the user's own.
    shutil.copytree(place / "run", tmp_path / "run")
    assert "instead" not in call("export", tmp_path / "run").stderr


def test_read_refuses_such_a_model_in_one_line(place):
    picture = next((place / "my shapes").rglob("*.jpg"))
    answered = CliRunner().invoke(app, ["read", str(picture), "--model", str(place / "run")])
    assert answered.exit_code == 3
    assert "expected a page reader" in answered.stderr
    assert "Traceback" not in answered.stderr
