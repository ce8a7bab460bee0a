"""`mnistkit explain` as a user meets it."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from imports import TRACED, imported
from networks import small_network
from PIL import Image
from terminals import on_terminal
from typer.testing import CliRunner

from mnistkit.cli.app import app
from mnistkit.core.models.card import Card
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.evaluation import explanation as explanations

STRIDE = "9"
HEAVY = {"tensorflow", "keras", "tf2onnx", "onnx", "cv2", "optuna"}


def explain(*words):
    words = map(str, ("explain", *words, "--stride", STRIDE))
    answered = CliRunner().invoke(app, [*words])
    assert not isinstance(answered.exception, Exception), answered.exception
    return answered


@pytest.fixture
def seven(tmp_path, sample, monkeypatch):
    """A seven, as a file in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = Path("seven.png")
    Image.fromarray(sample.images[sample.class_indices == 7][1]).save(path)
    return path


@pytest.fixture(scope="module")
def write_model(tmp_path_factory):
    """Write a model whose ten outputs are alike, with other class names."""

    def write(names, **changes):
        card = Card("0.1.0", tuple(names), "small", (), "mnist", "digit", None)
        path = tmp_path_factory.mktemp("models") / "small.onnx"
        onnx.save(small_network(card.to_json() | changes), path)
        return path

    return write


def test_the_text_tells_the_answer_and_what_it_rests_on(seven):
    answered = explain(seven, "--model", "bundled")
    assert answered.exit_code == 0
    assert answered.stderr == "model: bundled (from --model)\n"
    lines = answered.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert re.fullmatch(rf"{seven}: 7, \d+\.\d\d%", lines[0].replace("\n", ""))
    for title in ("picture", "image, as the model sees it", "occlusion", "nearest 7"):
        assert any(title in line for line in lines)
    assert re.search(r"^  of 7: \d+ \(\d+\.\d\d\), ", answered.stdout, re.MULTILINE)


def test_json_has_the_map_and_the_nearest_images_as_numbers(seven, bundled):
    told = json.loads(explain(seven, "--model", "bundled", "--format", "json").stdout)
    image = bundled.prepare(seven)
    window = explanations.Window(stride=int(STRIDE))
    expected = explanations.explain(bundled, image, window)
    assert told["image"] == image.tolist()
    assert told["label"] == "7"
    assert told["probabilities"] == pytest.approx(expected.probabilities.tolist(), abs=1e-6)
    assert (told["occlusion"]["window"], told["occlusion"]["stride"]) == (5, int(STRIDE))
    np.testing.assert_allclose(told["occlusion"]["map"], expected.occlusion.drops, atol=1e-6)
    nearest = told["nearest"]
    assert (nearest["dataset"], nearest["split"]) == ("mnist-sample", "train")
    assert nearest["images"] == [
        {"label": each.label, "index": each.index, "distance": each.distance}
        for each in expected.nearest
    ]


CELL = re.compile(r"\x1b\[38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m(\u2580+)|(\u2580)")


def test_a_terminal_shows_each_pixel_in_its_colour(clean_environment, tmp_path, seven, bundled):
    colours = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    environment = {key: value for key, value in clean_environment.items() if key != "NO_COLOR"}
    command = [sys.executable, "-m", "mnistkit", "explain", seven, "--model", "bundled"]
    shown = on_terminal([*command, "--stride", STRIDE], environment | colours, tmp_path).decode()
    rows = [line for line in shown.splitlines() if "\N{UPPER HALF BLOCK}" in line][:14]
    pixels = []
    for row in rows:
        cells = [
            ([*map(int, found.groups()[:3])], [*map(int, found.groups()[3:6])])
            for found in CELL.finditer(row)
            for _ in found[7]
        ]
        assert len(cells) == 56
        pixels += [[cell[half] for cell in cells[28:]] for half in (0, 1)]
    assert (np.array(pixels) == bundled.prepare(seven)[..., np.newaxis]).all()
    plain = on_terminal([*command, "--stride", STRIDE], clean_environment, tmp_path).decode()
    assert "\N{UPPER HALF BLOCK}" not in plain
    assert "\x1b[38" not in plain


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_plot_is_written_unless_it_exists(tmp_path, seven, suffix):
    plot = tmp_path / f"why.{suffix}"
    words = (seven, "--model", "bundled", "--plot", plot)
    assert explain(*words).exit_code == 0
    assert plot.stat().st_size > 10_000
    assert explain(*words).exit_code == 2
    assert explain(*words, "--force").exit_code == 0


def test_a_picture_may_be_an_example_or_come_on_stdin(mnistkit, seven):
    for word in ("example:seven", "-"):
        with seven.open("rb") as stdin:
            words = (word, "--stride", STRIDE, "--format", "json")
            answered = mnistkit("explain", *words, stdin=stdin)
        assert answered.returncode == 0, answered.stderr
        assert json.loads(answered.stdout)["label"] == "7"


BAD = {
    name: (code, said)
    for name, code, said in [
        ("absent.png", 1, "absent.png: no such file"),
        ("notes.txt", 1, "notes.txt: expected a PNG"),
        ("cut.png", 1, "cut.png: expected a whole picture"),
        ("blank.png", 1, "blank.png: expected a picture with ink"),
        ("exam.pdf", 1, "mnistkit read"),
        (".", 2, "expected one picture, received the folder"),
        ("", 1, "expected the path of a picture"),
        ("example:nine", 1, "example:nine"),
    ]
}


@pytest.mark.parametrize("name", BAD)
def test_what_can_not_be_explained_ends_in_one_line(tmp_path, seven, name):
    code, said = BAD[name]
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "exam.pdf").write_bytes(b"%PDF-1.7\n")
    (tmp_path / "cut.png").write_bytes(seven.read_bytes()[:100])
    Image.new("L", (40, 40), 255).save(tmp_path / "blank.png")
    answered = explain(name, "--model", "bundled", "--plot", "why.png")
    assert answered.exit_code == code
    assert answered.stdout == ""
    (line,) = [line for line in answered.stderr.splitlines() if not line.startswith("model: ")]
    assert said in line
    assert not (tmp_path / "why.png").exists()


def test_several_pictures_are_refused(seven):
    answered = explain(seven, seven)
    assert answered.exit_code == 2
    assert "unexpected argument" in answered.stderr


def test_class_names_of_strangers_are_shown_whole_and_safe(write_model, seven, tmp_path):
    names = ["<b>$x$</b>", "[red]a[/red]", "y" * 200, *"3456789"]
    answered = explain(seven, "--model", write_model(names), "--plot", tmp_path / "why.svg")
    assert answered.exit_code == 0, answered.stderr
    assert {"<b>$x$</b>", "[red]a[/red]", "y" * 200} <= {*answered.stdout.split()}
    assert "no nearest images" in answered.stdout
    told = explain(seven, "--model", write_model(names), "--format", "json").stdout
    assert json.loads(told)["nearest"] is None


def test_of_many_classes_the_most_probable_are_shown(bundled, monkeypatch, seven):
    names = tuple(f"class {number}" for number in range(1000))
    card = Card("0.1.0", names, "small", (), "mnist", "digit", None)
    rows = np.full(1000, 0.5 / 999, np.float32)
    rows[7] = 0.5

    def infer(images):
        return np.repeat(rows[np.newaxis], len(images), axis=0)

    many = type(bundled)(card, infer, bundled.path)
    monkeypatch.setattr("mnistkit.prediction.opening.open_served", lambda *_: many)
    answered = explain(seven)
    assert answered.exit_code == 0
    assert "990 more labels; --format json has all" in answered.stdout
    assert "No square makes class 7 less probable." in answered.stdout
    assert len(json.loads(explain(seven, "--format", "json").stdout)["probabilities"]) == 1000


def test_a_model_that_is_gone_ends_in_one_line(tmp_path, seven, monkeypatch):
    gone = shutil.copy(BUNDLED_RUN / "model.onnx", tmp_path / "gone.onnx")

    def vanish(path):
        path.unlink()
        return path.read_bytes()

    monkeypatch.setattr("mnistkit.core.models.onnx_file.content_of", vanish)
    answered = explain(seven, "--model", gone)
    assert answered.exit_code == 3
    (line,) = answered.stderr.splitlines()
    assert "gone.onnx: no such file" in line


def test_a_picture_of_several_digits_is_warned_of():
    answered = explain("example:page", "--model", "bundled")
    assert answered.exit_code == 0
    assert "seems to hold several digits, and `explain` answers for one" in answered.stderr


def test_nothing_heavy_is_loaded(mnistkit, clean_environment, seven):
    options = {"env": clean_environment | TRACED, "fresh": True}
    answered = mnistkit("explain", seven, "--model", "bundled", **options)
    assert answered.returncode == 0
    assert imported(answered) & (HEAVY | {"matplotlib"}) == set()


def test_ctrl_c_while_stdin_is_waited_for_ends_it(clean_environment):
    command = [sys.executable, "-m", "mnistkit", "explain", "-"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=clean_environment, text=True, **pipes) as process:
        process.stderr.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=20)
    assert (process.returncode, stdout) == (130, "")
    assert "Traceback" not in stderr
