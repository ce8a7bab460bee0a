"""What the guide says of deployment: programs without mnistkit, mnistkit without TensorFlow."""

from __future__ import annotations

import csv
import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import requests
from conditions import to_bytes
from PIL import Image
from small_environment import make_environment

from mnistkit import assets, guide, plugins

pytestmark = pytest.mark.thorough

PAGE = guide.page("deploy")
BUNDLED = Path(assets.__file__).parent / "bundled"
SEVEN = Path(assets.__file__).parent / "examples" / "seven.png"
PHOTOS = Path(os.environ.get("MNISTKIT_DATA", "nowhere")) / "wild" / "photos"
AGREEMENT = 0.95
RUNTIMES = {
    "onnx": ("import onnxruntime", "onnxruntime", "model.onnx"),
    "litert": ("from ai_edge_litert", "ai_edge_litert", "model.tflite"),
    "openvino": ("import openvino", "openvino", "model-openvino"),
    "saved-model": ("import tensorflow", "tensorflow", "model-saved-model"),
}
"""Of each exporter with a program on the page: how it begins, its runtime, what it runs."""


def block(language, begin):
    """The block of the page that begins so."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    (text,) = [text for kind, text in found if kind == language and text.startswith(begin)]
    return text


@pytest.fixture(scope="module")
def prepare():
    """The function of the page."""
    names = {}
    exec(block("python", "import numpy"), names)  # noqa: S102
    return names["prepare"]


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Python in an environment of the Dockerfile's packages; uvicorn needs no uvloop."""
    (listed,) = re.findall(r"--no-compile (.*?)\nRUN", block("dockerfile", "FROM"), re.DOTALL)
    packages = shlex.split(listed.replace("\\\n", " "))
    return make_environment(tmp_path_factory.mktemp("small"), packages)


@pytest.fixture(scope="module")
def small(python, clean_environment, tmp_path_factory):
    """Run mnistkit in that environment, in a folder with a run and a `.keras` file."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "run").mkdir()
    for file in BUNDLED.iterdir():
        (folder / "run" / file.name).write_bytes(file.read_bytes())
    (folder / "alone.keras").write_bytes((BUNDLED / "model.keras").read_bytes())

    def run(*words):
        return subprocess.run(
            [python, "-m", "mnistkit", *words],
            cwd=folder,
            env=clean_environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.mark.sampled(4)
@pytest.mark.parametrize("exporter", RUNTIMES)
def test_a_program_of_the_page_answers_for_a_picture(exporter, mnistkit, tmp_path):
    begin, runtime, artifact = RUNTIMES[exporter]
    if exporter not in plugins.names("exporter") or find_spec(runtime) is None:
        pytest.skip(f"install {runtime}, and mnistkit's exporter {exporter}")
    written = mnistkit("export", "bundled", "--exporter", exporter, "--output", artifact)
    assert written.returncode == 0, written.stderr
    (tmp_path / "seven.png").write_bytes((BUNDLED.parent / "examples" / "seven.png").read_bytes())
    (tmp_path / "prepare.py").write_text(block("python", "import numpy"))
    program = block("python", "from prepare") + block("python", begin)
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.stdout == "7\n", ended.stderr


def test_prepare_gives_the_labels_of_predict_on_photos(prepare, bundled, sample, tmp_path):
    rng = np.random.default_rng(0)
    pictures = []
    for number, image in enumerate(sample.images[:40]):
        light = np.linspace(150, 240, 320) * np.linspace(0.8, 1, 240)[:, None]
        left, top = rng.integers(20, 120), rng.integers(20, 60)
        digit = np.asarray(Image.fromarray(image).resize((160, 160)), float)
        light[top : top + 160, left : left + 160] *= 1 - digit / 255 * 0.7
        path = tmp_path / f"{number}.png"
        Image.fromarray(to_bytes(light + rng.normal(0, 3, light.shape))).save(path)
        pictures.append(path)
    assert agreement(prepare, bundled, pictures) >= AGREEMENT


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="set MNISTKIT_DATA to a folder with wild/photos")
def test_prepare_gives_the_labels_of_predict_on_photos_of_people(prepare, bundled):
    with (PHOTOS / "labels.csv").open() as listed:
        pictures = [PHOTOS / row["file"] for row in csv.DictReader(listed)]
    assert agreement(prepare, bundled, pictures) >= AGREEMENT


def agreement(prepare, classifier, pictures):
    """The share of pictures with the same label by both preparations."""
    names = np.array(classifier.class_names)
    images = [prepare(path) for path in pictures]
    blank = np.zeros((28, 28), np.uint8)
    answers = classifier.predict(np.stack([blank if image is None else image for image in images]))
    theirs = [
        None if image is None else label
        for image, label in zip(images, names[answers.argmax(axis=1)], strict=True)
    ]
    ours = [classifier.label(path) for path in pictures]
    return np.mean([one == other for one, other in zip(ours, theirs, strict=True)])


def test_prepare_gives_none_without_ink_and_takes_light_ink_on_dark(prepare, tmp_path, sample):
    blank, dark, light = (tmp_path / f"{name}.png" for name in ("blank", "dark", "light"))
    Image.new("L", (60, 40), 200).save(blank)
    digit = Image.fromarray(np.pad(sample.images[0], 10))
    digit.save(light)
    digit.point(lambda level: 255 - level).save(dark)
    assert prepare(blank) is None
    assert prepare(light).shape == (28, 28)
    assert np.array_equal(prepare(light), prepare(dark))


ANSWERED = (
    "--help",
    "--version",
    "predict example:seven",
    "predict example:seven --model run --format json",
    "predict --dataset mnist-sample --index 0",
    "read example:page",
    "read example:page --format jsonl --annotate boxes",
    "evaluate --dataset mnist-sample --limit 50",
    "evaluate --dataset mnist-sample --limit 20 --model run --compare bundled --format json",
    "datasets",
    "datasets --format json",
    "datasets show mnist-sample",
    "plugins",
    "summary bundled",
    "summary run --format json",
    "guide",
    "guide deploy",
)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("command", ANSWERED)
def test_without_tensorflow_a_command_answers(small, command):
    ended = small(*command.split())
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", plugins.names("command"))
def test_without_tensorflow_every_command_has_its_help(small, command):
    assert small(command, "--help").returncode == 0


NEEDING = {
    "train --dataset mnist-sample --output new": "tensorflow",
    "train --init bundled --dataset mnist-sample --output new": "tensorflow",
    "train-reader --output new": "tensorflow",
    "ensemble run bundled --output new": "tensorflow",
    "export run --force": "tensorflow",
    "export alone.keras": "tensorflow",
    "predict example:seven --model alone.keras": "tensorflow",
    "evaluate --model alone.keras --dataset mnist-sample": "tensorflow",
    "summary alone.keras": "tensorflow",
    "summary cnn": "tensorflow",
    "evaluate --dataset mnist-sample --limit 20 --plot new.png": "matplotlib",
    "evaluate --dataset mnist-sample --limit 20 --report new.html": "jinja2",
    "datasets show mnist-sample --plot new.png": "matplotlib",
    "import alone.keras --output new": "tensorflow",
    "tune --dataset mnist-sample": "Optuna",
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("command", "needed"), NEEDING.items())
def test_without_tensorflow_what_needs_more_says_what_to_install(small, command, needed):
    ended = small(*command.split())
    assert ended.returncode == 3, ended.stderr
    assert ended.stdout == ""
    (line,) = [line for line in ended.stderr.splitlines() if line.startswith("mnistkit: error: ")]
    assert needed in line
    assert "`pip install " in line
    assert "Traceback" not in ended.stderr


def test_without_tensorflow_the_python_functions_answer(python, clean_environment, tmp_path):
    program = f"""
import mnistkit, sys
from mnistkit.errors import MissingError
assert mnistkit.load().label("example:seven") == "7"
assert mnistkit.read("example:page")[1].text == "17667"
import mnistkit.contracts
try:
    mnistkit.load({str(tmp_path / "alone.keras")!r})
except MissingError as error:
    print(error)
assert not {{"tensorflow", "keras", "onnx", "matplotlib"}} & sys.modules.keys()
"""
    (tmp_path / "alone.keras").write_bytes((BUNDLED / "model.keras").read_bytes())
    command = [python, "-c", program]
    ended = subprocess.run(
        command, env=clean_environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    assert "pip install tensorflow keras h5py" in ended.stdout


def test_without_tensorflow_serve_answers(python, clean_environment):
    command = [python, "-m", "mnistkit", "serve", "--port", "0"]
    with subprocess.Popen(
        command, env=clean_environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            url = server.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:")
            answered = requests.post(
                f"{url}/predict", files={"picture": SEVEN.read_bytes()}, timeout=60
            )
            assert answered.json()["predictions"][0]["label"] == "7"
        finally:
            server.terminate()
            _, told = server.communicate(timeout=60)
    assert "Traceback" not in told
