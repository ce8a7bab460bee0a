"""`import mnistkit` as a program uses it."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from importlib.resources import files

import numpy as np
import pytest
from PIL import Image

import mnistkit
from mnistkit import plugins
from mnistkit.errors import ModelError, PictureError, UsageError

HEAVY = ("PIL", "keras", "matplotlib", "numpy", "onnx", "onnxruntime", "tensorflow", "typer")

TYPED_PROGRAM = """
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import mnistkit


def read(classifier: mnistkit.Classifier, picture: Path) -> str:
    return classifier.label(picture) or "nothing"


classifier = mnistkit.load(Path("runs/one"))
by_name: mnistkit.Classifier = mnistkit.load("model.onnx")
newest: mnistkit.Classifier = mnistkit.load()
images: NDArray[np.uint8] = np.zeros((2, 28, 28), np.uint8)
probabilities: NDArray[np.float32] = classifier.predict(images)
names: tuple[str, ...] = classifier.class_names
print(read(classifier, Path("seven.png")), classifier.label("seven.png"), mnistkit.__version__)
with Path("seven.png").open("rb") as file:
    print(classifier.label(file), classifier.label(file.read()), classifier.prepare(images[0]))
with Image.open("seven.png") as image:
    print(classifier.label(image), classifier.prepare(image))
lines: list[mnistkit.Line] = mnistkit.read("exam.pdf", page=2, rotate=90)
digit: mnistkit.Digit = lines[0].digits[0]
text: str = lines[0].text + (digit.label or "?")
left, top, width, height = digit.box
with Path("page.jpg").open("rb") as file:
    print(mnistkit.read(file)[0].text, mnistkit.read(images[0], model=Path("reader.onnx")))
"""

WRONGLY_TYPED_LINES = (
    "mnistkit.load(3)",
    "label: str = mnistkit.load().label('seven.png')",
    "mnistkit.load().label(7.5)",
    "mnistkit.load().class_names.append('ten')",
    "mnistkit.load().probabilities",
    "mnistkit.read('page.jpg', page='2')",
    "mnistkit.read('page.jpg', rotate=45)",
    "mnistkit.read('page.jpg')[0].words",
    "mnistkit.nothing",
)


def opened(trained_run, kind):
    return mnistkit.load(
        {
            "run": trained_run.path,
            "run as text": str(trained_run.path),
            ".keras": trained_run.model,
            ".onnx": trained_run.exported,
        }[kind]
    )


def test_importing_the_package_imports_nothing_heavy(clean_environment):
    program = f"import mnistkit, sys; print([name for name in {HEAVY} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env=clean_environment,
    )
    assert result.stdout == "[]\n"


@pytest.mark.parametrize("kind", ["run", "run as text", ".keras", ".onnx"])
def test_every_form_of_a_model_gives_the_same_classifier(trained_run, sample, classifier, kind):
    loaded = opened(trained_run, kind)
    assert isinstance(loaded, mnistkit.Classifier)
    assert loaded.class_names == tuple("0123456789")
    images = sample.images[:100]
    np.testing.assert_allclose(
        loaded.predict(images), classifier.predict(images), rtol=0, atol=1e-5
    )


def test_without_a_name_the_environment_decides(trained_run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MNISTKIT_MODEL", str(trained_run.exported))
    assert mnistkit.load().path == trained_run.exported


def test_without_a_name_the_newest_finished_run_is_loaded(trained_run, monkeypatch, tmp_path):
    monkeypatch.delenv("MNISTKIT_MODEL", raising=False)
    monkeypatch.chdir(tmp_path)
    for number, (status, created) in enumerate(
        [("finished", "2026-01-01"), ("finished", "2026-01-02"), ("running", "2026-01-03")]
    ):
        run = shutil.copytree(trained_run.path, tmp_path / "runs" / f"{created}-{number}")
        record = json.loads((run / "run.json").read_text())
        stamp = f"{created}T00:00:00.000+00:00"
        changed = {"status": status, "created": stamp, "updated": stamp}
        (run / "run.json").write_text(json.dumps(record | changed))
    path = mnistkit.load().path
    assert path is not None
    assert path.parent.name == "2026-01-02-1"


def test_a_model_that_is_not_there_is_an_error_that_says_how_to_train(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MNISTKIT_MODEL", "absent.onnx")
    with pytest.raises(ModelError, match=r"absent\.onnx.*mnistkit train"):
        mnistkit.load()
    with pytest.raises(ModelError, match=r"missing.*mnistkit train"):
        mnistkit.load("missing")


@pytest.mark.parametrize("count", [0, 1, 70])
@pytest.mark.parametrize("kind", [".keras", ".onnx"])
def test_probabilities_are_float32_rows_that_sum_to_one(trained_run, sample, kind, count):
    probabilities = opened(trained_run, kind).predict(sample.images[:count])
    assert probabilities.shape == (count, 10)
    assert probabilities.dtype == np.float32
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), np.ones(count), rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", [".keras", ".onnx"])
def test_the_classifier_reads_digits(trained_run, sample, kind):
    found = opened(trained_run, kind).predict(sample.images[:300]).argmax(axis=1)
    # Drawn at random, a tenth would be right.
    assert (found == sample.class_indices[:300]).mean() > 0.8


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_the_size_of_a_batch_changes_nothing(classifier, sample, batch_size):
    images = sample.images[:40]
    in_batches = classifier.predict(images, batch_size=batch_size)
    np.testing.assert_allclose(in_batches, classifier.predict(images), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((28, 28), np.uint8),
        np.zeros((2, 28, 27), np.uint8),
        np.zeros((2, 28, 28, 1), np.uint8),
        np.zeros((2, 28, 28), np.float32),
        np.zeros((0, 28), np.uint8),
        np.zeros((), np.uint8),
    ],
    ids=lambda images: f"{images.dtype}{list(images.shape)}",
)
def test_images_of_another_shape_or_type_are_refused(classifier, images):
    with pytest.raises(UsageError) as refusal:
        classifier.predict(images)
    assert "uint8" in str(refusal.value)
    assert str(images.shape) in str(refusal.value)
    assert str(images.dtype) in str(refusal.value)


@pytest.mark.parametrize("form", ["text", "path", "array"])
def test_a_label_is_that_of_the_most_probable_class(classifier, sample, tmp_path, form):
    for index in range(5):
        image = sample.images[index]
        path = tmp_path / f"{index}.png"
        Image.fromarray(image).save(path)
        picture = {"text": str(path), "path": path, "array": image}[form]
        expected = classifier.predict(image[np.newaxis])[0].argmax()
        assert classifier.label(picture) == str(expected)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_picture_without_ink_has_no_label(classifier, tmp_path, grey):
    blank = np.full((40, 30), grey, np.uint8)
    Image.fromarray(blank).save(tmp_path / "blank.png")
    assert classifier.label(blank) is None
    assert classifier.label(tmp_path / "blank.png") is None


def test_a_picture_that_is_missing_is_an_error(classifier, tmp_path):
    with pytest.raises(PictureError, match=r"absent\.png: no such file$"):
        classifier.label(tmp_path / "absent.png")


API = ["Classifier", "Digit", "Line", "__version__", "load", "read"]


def test_the_package_shows_its_api_alone_before_and_after_it_is_used(clean_environment):
    program = (
        "import mnistkit\n"
        "def shown(): return [n for n in dir(mnistkit) if n[:2] != '__' or n == '__version__']\n"
        "before = shown()\n"
        "mnistkit.load('bundled').label('example:seven')\n"
        "print(before, shown(), mnistkit.Classifier)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env=clean_environment,
    )
    assert ended.stdout.startswith(f"{API} {API} <class")


def test_a_classifier_and_its_card_are_told_in_a_line(classifier, bundled):
    assert repr(bundled) == "Classifier('bundled', 'vgg', 10 classes)"
    assert repr(classifier) == f"Classifier({str(classifier.path)!r}, 'cnn', 10 classes)"
    assert repr(bundled.card).startswith("Card(architecture='vgg', dataset='mnist', ")
    strange = replace(bundled.card, architecture="x\n\x1b[31m" * 1000, dataset="y" * 10**6)
    for shown in (strange, replace(bundled, card=strange)):
        assert repr(shown).isprintable()
        assert len(repr(shown)) < 300


def test_no_built_in_plugin_fills_the_screen():
    for kind in ("architecture", "dataset", "exporter"):
        for name in plugins.names(kind):
            assert len(repr(plugins.load(kind, name))) < 2000, name


def test_the_package_says_that_it_is_typed():
    assert files("mnistkit").joinpath("py.typed").is_file()


def mypy(folder, program):
    """The lines that mypy complains of."""
    (folder / "program.py").write_text(program)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", folder, "program.py"]
    result = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
    assert result.returncode in (0, 1), result.stdout + result.stderr
    return {int(number) for number in re.findall(r"(?m)^program.py:(\d+): error", result.stdout)}


def test_a_type_checker_knows_the_api(tmp_path):
    assert mypy(tmp_path, TYPED_PROGRAM) == set()
    wrong = mypy(tmp_path, "\n".join(["import mnistkit", *WRONGLY_TYPED_LINES]))
    assert wrong == set(range(2, 2 + len(WRONGLY_TYPED_LINES)))


def test_all_public_names_are_there_and_no_other():
    assert sorted(mnistkit.__all__) == API
    assert all(getattr(mnistkit, name) for name in mnistkit.__all__)
    assert mnistkit.__version__ == version("mnistkit")
    with pytest.raises(AttributeError, match=r"mnistkit.*nothing"):
        _ = mnistkit.nothing
