"""`mnistkit predict` as a user meets it: streams, formats, exit codes."""

import csv
import io
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import pytest
from imports import TRACED, imported
from networks import FAULTS, small_network
from PIL import Image

from mnistkit.cli.predict.formats import make_format
from mnistkit.errors import ModelError
from mnistkit.prediction.records import Answers, Prediction

PATIENCE = 60
"""Seconds after which a process that should have ended is taken to hang."""

DIGITS = 5
NO_INK, NO_PICTURE = "blank.png", "broken.png"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, sample):
    """0.png to 4.png are the sample's first digits; nobody changes this folder."""
    path = tmp_path_factory.mktemp("pictures")
    for index in range(DIGITS):
        Image.fromarray(sample.images[index]).save(path / f"{index}.png")
    (path / "walked" / "deeper").mkdir(parents=True)
    shutil.copy(path / "1.png", path / "walked" / "deeper" / "one.png")
    shutil.copy(path / "2.png", path / "walked" / "two.png")
    Image.new("L", (30, 30), 255).save(path / NO_INK)
    (path / NO_PICTURE).write_text("no picture")
    return path


@pytest.fixture(scope="module")
def labels(classifier, sample):
    """What the model answers to each of the sample's test images."""
    rows = classifier.predict(sample.images).argmax(axis=1)
    return [classifier.class_names[row] for row in rows]


@pytest.fixture
def predict(mnistkit, folder, trained_run):
    """Run `mnistkit predict` in the folder of pictures with the trained model."""

    def run(*words, **options):
        return mnistkit(
            "predict", "--model", trained_run.path, *words, **{"cwd": folder, **options}
        )

    return run


@pytest.fixture
def started(clean_environment, folder, trained_run):
    """Start `mnistkit predict` in the folder, with pipes to talk to it; killed at the end."""

    @contextmanager
    def start(*words):
        command = [sys.executable, "-m", "mnistkit", "predict", "--model", trained_run.path]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            [*command, *words],
            cwd=folder,
            env=clean_environment,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    return start


def only_line(text):
    (line,) = text.splitlines()
    return line


def labels_of_text(output):
    return [line.split("\t")[1] for line in output.splitlines()]


def labels_of_csv(output):
    header, *rows = csv.reader(io.StringIO(output))
    assert header == ["source", "label", "confidence"]
    return [row[1] for row in rows]


def labels_of_jsonl(output):
    return [json.loads(line).get("label") or "" for line in output.splitlines()]


def labels_of_json(output):
    return [prediction.get("label") or "" for prediction in json.loads(output)["predictions"]]


LABELS_OF = {
    "text": labels_of_text,
    "label": str.splitlines,
    "csv": labels_of_csv,
    "jsonl": labels_of_jsonl,
    "json": labels_of_json,
}


@pytest.mark.parametrize("format", LABELS_OF)
def test_good_and_bad_sources_of_every_kind_are_answered_in_order(
    predict,
    folder,
    labels,
    trained_run,
    format,  # noqa: A002
):
    sources = ["0.png", NO_PICTURE, "missing.png", "walked", NO_INK, "-", "4.png"]
    with (folder / "3.png").open("rb") as stdin:
        result = predict(*sources, "--format", format, stdin=stdin)
    expected = [labels[0], "", "", labels[1], labels[2], "", labels[3], labels[4]]
    assert LABELS_OF[format](result.stdout) == expected
    assert result.returncode == 1
    note, *warnings = result.stderr.splitlines()
    assert note == f"model: {trained_run.exported} (from --model)"
    if format in ("json", "jsonl"):
        assert warnings == []
    else:
        assert [line.split(":")[2].strip() for line in warnings] == [NO_PICTURE, "missing.png"]


def test_a_pipe_gets_source_label_and_confidence_between_tabs(predict, classifier, sample, labels):
    result = predict("0.png", NO_INK, "1.png")
    first, blank, second = (line.split("\t") for line in result.stdout.splitlines())
    confidence = classifier.predict(sample.images[:2]).max(axis=1)
    assert first == ["0.png", labels[0], f"{confidence[0]:.4f}"]
    assert second == ["1.png", labels[1], f"{confidence[1]:.4f}"]
    assert blank == [NO_INK, "", ""]
    assert result.returncode == 0


def test_a_terminal_gets_a_small_table(predict, labels):
    terminal, inside = pty.openpty()
    result = predict("0.png", NO_INK, capture_output=False, stdout=inside, stderr=subprocess.PIPE)
    os.close(inside)
    with open(terminal, "rb", buffering=0) as screen:  # noqa: PTH123 - of a descriptor
        header, digit, blank = screen.read(2000).decode().splitlines()
    assert result.returncode == 0
    assert header.split() == ["source", "label", "confidence"]
    assert digit.split()[:2] == ["0.png", labels[0]]
    assert digit.split() == predict("0.png").stdout.split()
    assert blank.split() == [NO_INK, "-", "-"]
    assert digit.index(f" {labels[0]} ") == blank.index(" - ") == header.index(" label")


def test_a_label_can_be_put_into_a_variable(predict, labels):
    assert predict("0.png", "--format", "label", "--quiet").stdout == f"{labels[0]}\n"


def test_a_json_record_has_the_probabilities(predict, classifier, sample, labels):
    result = predict("0.png", NO_INK, NO_PICTURE, "--format", "jsonl")
    digit, blank, broken = map(json.loads, result.stdout.splitlines())
    expected = classifier.predict(sample.images[:1])[0]
    assert list(digit) == ["source", "label", "confidence", "probabilities"]
    assert digit["label"] == labels[0]
    assert digit["confidence"] == max(digit["probabilities"])
    np.testing.assert_allclose(digit["probabilities"], expected, rtol=0, atol=1e-6)
    assert blank["label"] is None
    assert set(blank) == set(digit)
    assert list(broken) == ["source", "error"]
    assert "\n" not in broken["error"]


@pytest.mark.parametrize("count", [0, 2])
def test_json_is_one_document_of_the_model_and_its_predictions(
    predict, trained_run, tmp_path, count
):
    (tmp_path / "list").write_text("0.png\n" * count)
    result = predict("--files-from", tmp_path / "list", "--format", "json")
    document = json.loads(result.stdout)
    assert list(document) == ["model", "class_names", "predictions"]
    assert document["model"] == str(trained_run.exported)
    assert document["class_names"] == list("0123456789")
    assert [prediction["source"] for prediction in document["predictions"]] == ["0.png"] * count
    assert result.returncode == 0


@pytest.mark.parametrize("name", ["list", "-"])
@pytest.mark.parametrize("end", [b"\n", b"\0"], ids=["lines", "NUL"])
def test_paths_are_taken_from_a_list(predict, labels, tmp_path, name, end):
    content = end.join([b"4.png", b"walked", b"0.png", b""])
    (tmp_path / "list").write_bytes(content)
    words = ["--files-from", "-" if name == "-" else tmp_path / name, "--format", "label"]
    with (tmp_path / "list").open("rb") as stdin:
        result = predict(*words, *(["-0"] if end == b"\0" else []), stdin=stdin)
    assert result.stdout.splitlines() == [labels[index] for index in (4, 1, 2, 0)]
    assert result.returncode == 0


def test_a_list_between_nul_bytes_read_as_lines_ends_in_error_records(predict, tmp_path):
    (tmp_path / "list").write_bytes(b"0.png\x001.png\x00")
    result = predict("--files-from", tmp_path / "list", "--format", "jsonl")
    assert "NUL" in json.loads(only_line(result.stdout))["error"]
    assert result.returncode == 1
    assert "defect" not in result.stderr


def test_a_split_of_a_dataset_is_answered_image_by_image(predict, labels):
    result = predict("--dataset", "mnist-sample", "--split", "test")
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert [row[0] for row in rows] == [f"mnist-sample/test/{index}" for index in range(1000)]
    assert [row[1] for row in rows] == labels
    assert result.returncode == 0


@pytest.mark.parametrize("top", [1, 2])
def test_the_true_label_of_a_datasets_image_stands_in_its_record(predict, sample, top):
    words = ("--dataset", "mnist-sample", "--index", 7, "--top", top, "--format")
    truth = str(sample.class_indices[7])
    header, row = csv.reader(io.StringIO(predict(*words, "csv").stdout))
    assert (header[:3], header[-1]) == (["source", "label", "confidence"], "true_label")
    assert (len(row), row[-1]) == (len(header), truth)
    assert only_line(predict(*words, "text").stdout).split("\t")[-1] == truth
    assert json.loads(predict(*words, "jsonl").stdout)["true_label"] == truth
    (record,) = json.loads(predict(*words, "json").stdout)["predictions"]
    assert record["true_label"] == truth


def test_a_picture_has_no_true_label(predict):
    assert "true" not in predict("0.png", "--format", "jsonl").stdout
    assert len(only_line(predict("0.png").stdout).split("\t")) == 3


def test_one_image_of_a_dataset_is_answered(predict, labels):
    result = predict("--dataset", "mnist-sample", "--index", 7, "--format", "jsonl")
    record = json.loads(only_line(result.stdout))
    assert record["source"] == "mnist-sample/test/7"
    assert record["label"] == labels[7]


@pytest.mark.parametrize("top", [3, 12])
@pytest.mark.parametrize("format", ["text", "label", "csv", "jsonl"])
def test_the_most_probable_labels_come_in_order(predict, classifier, sample, format, top):  # noqa: A002
    probabilities = classifier.predict(sample.images[:1])[0]
    order = (-probabilities).argsort()[:top]
    expected = [classifier.class_names[index] for index in order]
    result = predict("0.png", NO_PICTURE, "--top", top, "--format", format)
    digit, broken = result.stdout.split("\n")[-3:-1]
    if format == "jsonl":
        ranked = json.loads(digit)["top"]
        assert [entry["label"] for entry in ranked] == expected
        confidences = [entry["confidence"] for entry in ranked]
        np.testing.assert_allclose(confidences, probabilities[order], rtol=0, atol=1e-6)
    elif format == "label":
        assert digit.split("\t") == expected
        assert broken == ""
    else:
        cells = digit.split("," if format == "csv" else "\t")
        assert cells[1::2] == expected
        assert len(broken.split("," if format == "csv" else "\t")) == len(cells)
    if format == "csv":
        header = result.stdout.splitlines()[0].split(",")
        assert header[:5] == ["source", "label", "confidence", "label_2", "confidence_2"]
        assert len(header) == len(cells)


@pytest.fixture(scope="module")
def confidences(classifier, sample):
    return classifier.predict(sample.images[:DIGITS]).max(axis=1)


@pytest.mark.parametrize("format", LABELS_OF)
def test_below_the_least_confidence_there_is_no_label(predict, labels, confidences, format):  # noqa: A002
    middle = f"{np.median(confidences):.6f}"
    names = [f"{index}.png" for index in range(DIGITS)]
    result = predict(*names, NO_INK, "--min-confidence", middle, "--format", format)
    kept = [
        label if confidence >= float(middle) else ""
        for label, confidence in zip(labels[:DIGITS], confidences, strict=True)
    ]
    assert 0 < kept.count("") < DIGITS
    assert LABELS_OF[format](result.stdout) == [*kept, ""]
    assert result.returncode == 0


def test_without_a_label_the_confidences_are_told_all_the_same(predict, confidences):
    words = ["0.png", "--min-confidence", "1", "--top", "3", "--format"]
    record = json.loads(only_line(predict(*words, "jsonl").stdout))
    assert record["label"] is None
    assert record["confidence"] == pytest.approx(confidences[0], abs=1e-6)
    assert record["confidence"] == max(record["probabilities"])
    assert len(record["probabilities"]) == 10
    assert [entry["label"] for entry in record["top"]] == [None, None, None]
    (document,) = json.loads(predict(*words, "json").stdout)["predictions"]
    assert document == record
    for format, separator in (("text", "\t"), ("csv", ",")):  # noqa: A001
        cells = predict(*words, format).stdout.splitlines()[-1].split(separator)
        assert cells[:3] == ["0.png", "", f"{confidences[0]:.4f}"]
        assert set(cells[3::2]) == {""}


def shown(lines):
    """The levels, 0 to 9, of images in characters: two columns a pixel."""
    cells = [line.ljust(56)[::2] for line in lines]
    assert all(line.ljust(56)[1::2] == cell for line, cell in zip(lines, cells, strict=True))
    return np.array([[" .:-=+*#%@".index(cell) for cell in row] for row in cells])


def test_the_image_is_shown_above_its_answer(predict, sample):
    plain = predict("0.png", NO_INK, NO_PICTURE, "1.png")
    result = predict("0.png", NO_INK, NO_PICTURE, "1.png", "--show")
    lines = result.stdout.splitlines()
    assert len(lines) == 4 + 2 * 28
    assert max(map(len, lines)) <= 56
    for image, start in ((sample.images[0], 0), (sample.images[1], 28 + 3)):
        expected = image.astype(int) * 9 // 255
        np.testing.assert_array_equal(shown(lines[start : start + 28]), expected)
    assert [lines[28], *lines[29:31], lines[-1]] == plain.stdout.splitlines()
    assert result.stderr == plain.stderr


@pytest.mark.parametrize("format", ["label", "csv", "jsonl", "json"])
def test_beside_other_formats_the_image_is_shown_on_stderr(predict, sample, format):  # noqa: A002
    words = ["0.png", NO_INK, "--format", format]
    plain, result = predict(*words), predict(*words, "--show")
    assert result.stdout == plain.stdout
    if format == "json":
        assert len(json.loads(result.stdout)["predictions"]) == 2
    note, *lines = result.stderr.splitlines()
    assert note.startswith("model: ")
    np.testing.assert_array_equal(shown(lines), sample.images[0].astype(int) * 9 // 255)


def saved(folder):
    return {path.name: np.asarray(Image.open(path)) for path in sorted(folder.iterdir())}


def test_images_are_saved_as_the_model_sees_them(predict, classifier, folder, tmp_path):
    Image.open(folder / "1.png").resize((90, 90)).save(tmp_path / "large.png")
    place = tmp_path / "new" / "seen"
    result = predict("0.png", tmp_path / "large.png", NO_INK, "walked", "--save-image", place)
    assert result.returncode == 0
    sources = [
        folder / "0.png",
        tmp_path / "large.png",
        *sorted((folder / "walked").rglob("*.png")),
    ]
    expected = {path.name: classifier.prepare(path) for path in sources}
    received = saved(place)
    assert received.keys() == expected.keys()
    for name, image in received.items():
        assert (image.shape, image.dtype) == ((28, 28), np.uint8)
        np.testing.assert_array_equal(image, expected[name])
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    again = predict("0.png", "--save-image", place)
    assert again.returncode == 0
    assert {name: (place / name).read_bytes() for name in before} == before
    assert (place / "0-2.png").read_bytes() == before["0.png"]
    assert len(list(place.iterdir())) == len(before) + 1


def test_images_of_stdin_and_of_a_dataset_are_saved_too(predict, folder, sample, tmp_path):
    with (folder / "3.png").open("rb") as stdin:
        predict("-", "--save-image", tmp_path, stdin=stdin)
    predict("--dataset", "mnist-sample", "--index", 7, "--save-image", tmp_path)
    received = saved(tmp_path)
    assert list(received) == ["7.png", "stdin.png"]
    np.testing.assert_array_equal(received["7.png"], sample.images[7])
    np.testing.assert_array_equal(received["stdin.png"], sample.images[3])


def test_images_that_can_not_be_saved_end_it_in_one_line(predict, tmp_path):
    (tmp_path / "file").touch()
    result = predict("0.png", "--quiet", "--save-image", tmp_path / "file")
    assert result.returncode == 1
    assert "expected a folder" in only_line(result.stderr)


BAD_PICTURES = {
    "missing.png": None,
    "empty.png": b"",
    "truncated.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "text.png": b"no picture",
    "postscript.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
}


def test_pictures_that_cannot_be_read_are_told_in_one_line_each(predict, tmp_path):
    for name, content in BAD_PICTURES.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
    result = predict(*BAD_PICTURES, "--format", "label", cwd=tmp_path)
    assert result.returncode == 1
    assert result.stdout == "\n" * len(BAD_PICTURES)
    _, *warnings = result.stderr.splitlines()
    for name, line in zip(BAD_PICTURES, warnings, strict=True):
        reason = "no such file" if name == "missing.png" else "expected "
        assert line.startswith(f"mnistkit: error: {name}: {reason}")


ODD_NAMES = [b"with space.png", b"tab\t.png", b"line\nend.png", b"return\r.png", b"f\xff.png"]
ODD_NAMES += [b'quote".png', b"comma,.png", "\N{SNOWMAN}.png".encode()]


@pytest.fixture
def odd_files(folder, tmp_path):
    for name in ODD_NAMES:
        shutil.copy(folder / "0.png", tmp_path / os.fsdecode(name))
    (tmp_path / "list").write_bytes(b"".join(name + b"\0" for name in ODD_NAMES))
    return tmp_path


@pytest.mark.parametrize("format", ["text", "csv", "jsonl"])
def test_odd_names_stay_what_they_are(predict, odd_files, labels, format):  # noqa: A002
    words = ["--files-from", "list", "-0", "--format", format]
    result = predict(*words, cwd=odd_files, text=False)
    assert result.returncode == 0
    if format == "text":
        escapes = ((b"\t", b"\\t"), (b"\n", b"\\n"), (b"\r", b"\\r"))
        rows = [line.split(b"\t") for line in result.stdout.split(b"\n")[:-1]]
        expected = ODD_NAMES
        for plain, escaped in escapes:
            expected = [name.replace(plain, escaped) for name in expected]
        assert [row[0] for row in rows] == expected
        assert {row[1] for row in rows} == {labels[0].encode()}
    elif format == "csv":
        text = result.stdout.decode(errors="surrogateescape")
        _, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        assert [os.fsencode(row[0]) for row in rows] == ODD_NAMES
        assert {row[1] for row in rows} == {labels[0]}
    else:
        records = [json.loads(line) for line in result.stdout.splitlines()]
        assert [os.fsencode(record["source"]) for record in records] == ODD_NAMES


@pytest.fixture(params=FAULTS)
def faulty(request, trained_run, tmp_path):
    """A model that is opened, and goes wrong when it runs."""
    path = tmp_path / "faulty.onnx"
    onnx.save(small_network(trained_run.card().to_json(), fault=request.param), path)
    return path


@pytest.mark.sampled(3)
@pytest.mark.parametrize("format", ["text", "label", "jsonl", "json", "csv"])
def test_a_model_that_goes_wrong_ends_in_a_line_and_never_in_half_a_document(
    mnistkit,
    folder,
    faulty,
    format,  # noqa: A002
):
    result = mnistkit(
        "predict", "--model", faulty, "0.png", "1.png", "--format", format, cwd=folder
    )
    assert result.returncode == 3
    _, line = result.stderr.splitlines()
    assert line.startswith(f"mnistkit: error: {faulty}: expected ")
    if format == "json":
        document = json.loads(result.stdout)
        assert document["predictions"] == []
        assert f"mnistkit: error: {document['error']}" == line
    else:
        assert result.stdout in ("", "source,label,confidence\n")


@pytest.mark.parametrize("command", ["evaluate --dataset mnist-sample", "read 0.png"])
def test_every_command_says_what_is_wrong_with_such_a_model(mnistkit, folder, faulty, command):
    for words in (["--format", "text"], ["--format", "json" if "eval" in command else "jsonl"]):
        result = mnistkit(*command.split(), "--model", faulty, *words, cwd=folder)
        assert (result.returncode, result.stdout) == (3, "")
        assert result.stderr.splitlines()[-1].startswith(f"mnistkit: error: {faulty}: expected ")


def test_a_document_that_is_ended_early_holds_what_was_answered_and_why(classifier):
    told = make_format("json", Answers(classifier))
    lines = [*told.begin()]
    for source in ("a.png", "b.png"):
        lines += told.record(Prediction(source))
    lines += told.end(ModelError("expected more"))
    document = json.loads("\n".join(lines))
    assert [record["source"] for record in document["predictions"]] == ["a.png", "b.png"]
    assert list(document)[-1] == "error"
    assert document["error"] == "expected more"


USAGE_ERRORS = {
    "nothing to answer": [],
    "files and a dataset": ["0.png", "--dataset", "mnist-sample"],
    "files and a list": ["0.png", "--files-from", "-"],
    "an index without a dataset": ["0.png", "--index", "3"],
    "NUL without a list": ["0.png", "-0"],
    "no labels at all": ["0.png", "--top", "0"],
    "an unknown format": ["0.png", "--format", "xml"],
    "an unknown split": ["--dataset", "mnist-sample", "--split", "validation"],
    "an index beyond the dataset": [
        *("--dataset", "mnist-sample", "--index", "1000", "--format", "json"),
    ],
    "a confidence below 0": ["0.png", "--min-confidence", "-0.1"],
    "a confidence above 1": ["0.png", "--min-confidence", "1.1"],
    "a confidence that is no number": ["0.png", "--min-confidence", "high"],
    "an index below 0": ["--dataset", "mnist-sample", "--index", "-1", "--format", "csv"],
}


@pytest.mark.parametrize("words", USAGE_ERRORS.values(), ids=USAGE_ERRORS)
def test_wrong_usage_exits_2_with_nothing_on_stdout(predict, words):
    result = predict(*words)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_an_empty_source_is_no_folder(predict):
    result = predict("", "--format", "jsonl")
    assert "error" in json.loads(only_line(result.stdout))
    assert result.returncode == 1


@pytest.mark.parametrize(
    ("name", "reason"), [("missing.txt", "no such file"), (".", "is a folder, not a file")]
)
def test_a_list_that_cannot_be_read_exits_1(predict, name, reason):
    result = predict("--files-from", name, "--quiet", "--format", "json")
    assert result.returncode == 1
    assert result.stdout == ""
    assert only_line(result.stderr).startswith(
        f"mnistkit: error: {name}: {reason}; --files-from takes "
    )


def fails_for_want_of_a_model(result, *words):
    """Whether it ended with exit code 3 and one line that says these words."""
    assert result.returncode == 3
    assert result.stdout == ""
    line = only_line(result.stderr)
    assert line.startswith("mnistkit: error: ")
    return all(word in line for word in words)


@pytest.mark.parametrize("name", ["missing", "missing.onnx", "0.png"])
def test_a_model_that_is_none_exits_3(mnistkit, folder, name):
    result = mnistkit("predict", "0.png", "--model", name, cwd=folder)
    assert fails_for_want_of_a_model(result, name)


@pytest.mark.parametrize("name", ["run", "run/model.keras", "two words"])
def test_a_model_that_is_not_exported_names_the_command_that_does_it(
    mnistkit, folder, tmp_path, trained_run, name
):
    unexported = tmp_path / name.split("/", maxsplit=1)[0]
    shutil.copytree(trained_run.path, unexported)
    (unexported / "model.onnx").unlink()
    result = mnistkit("predict", folder / "0.png", "--model", name)
    written = f"'{name}'" if " " in name else name
    assert fails_for_want_of_a_model(result, f"`mnistkit export --model {written}`")


def test_an_unknown_dataset_exits_3_with_the_nearest_names(predict):
    result = predict("--dataset", "mnist-sampel", "--quiet")
    assert fails_for_want_of_a_model(result, "mnist-sample")


@pytest.fixture
def runs(tmp_path, trained_run):
    """Below ./runs: two finished runs, later ones that are not or are damaged, and a file."""

    def add(name, updated, **changes):
        path = tmp_path / "runs" / name
        path.mkdir(parents=True)
        record = {**trained_run.record.to_json(), "updated": updated, **changes}
        (path / "run.json").write_text(json.dumps(record))
        shutil.copy(trained_run.exported, path)

    add("a-new", "2020-01-02T00:00:00.000+00:00")
    add("b-old", "2020-01-01T00:00:00.000+00:00")
    add("c-unfinished", "2020-01-03T00:00:00.000+00:00", status="interrupted")
    add("d-damaged", "2020-01-04T00:00:00.000+00:00")
    (tmp_path / "runs" / "d-damaged" / "run.json").write_text('{"status": "finished"')
    (tmp_path / "runs" / "notes.txt").touch()
    return tmp_path / "runs"


def test_the_model_is_the_named_one_else_the_environments_else_the_newest_finished_run(
    mnistkit, folder, runs, clean_environment
):
    picture = folder / "0.png"
    newest = mnistkit("predict", picture)
    assert newest.stderr == "model: runs/a-new/model.onnx (the newest finished run)\n"
    environment = {"env": clean_environment | {"MNISTKIT_MODEL": str(runs / "b-old")}}
    by_environment = mnistkit("predict", picture, **environment)
    assert by_environment.stderr == f"model: {runs}/b-old/model.onnx (from MNISTKIT_MODEL)\n"
    named = mnistkit("predict", picture, "--model", "runs/a-new/model.onnx", **environment)
    assert named.stderr == "model: runs/a-new/model.onnx (from --model)\n"
    assert newest.stdout == by_environment.stdout == named.stdout != ""


HEAVY = {"tensorflow", "keras", "tf2onnx", "onnx", "matplotlib", "cv2", "optuna", "pydantic"}


def test_predicting_and_help_load_nothing_heavy(mnistkit, predict, clean_environment):
    environment = clean_environment | TRACED
    predicting = imported(predict("0.png", env=environment))
    assert "onnxruntime" in predicting
    assert predicting & HEAVY == set()
    for words in (["--help"], ["predict", "--help"]):
        helping = imported(mnistkit(*words, env=environment))
        assert "typer" in helping
        assert helping & (HEAVY | {"onnxruntime"}) == set()


@pytest.mark.parametrize("words", [["--quiet", "predict"], ["predict", "--quiet"]], ids=" ".join)
def test_quiet_leaves_results_alone_before_and_after_the_name(mnistkit, folder, trained_run, words):
    result = mnistkit(*words, folder / "0.png", "--model", trained_run.path)
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.parametrize("words", [["--debug", "predict"], ["predict", "--debug"]], ids=" ".join)
def test_debug_shows_the_traceback_before_and_after_the_name(mnistkit, words):
    result = mnistkit(*words, "0.png", "--model", "missing")
    assert result.returncode == 3
    assert "Traceback (most recent call last)" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_full_disk_exits_1_in_one_line(predict, format):  # noqa: A002
    with Path("/dev/full").open("w") as full:
        result = predict(
            *("0.png", "--quiet", "--format", format),
            capture_output=False,
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert result.returncode == 1
    assert "the disk is full" in only_line(result.stderr)


def closing(descriptor, command):
    """Run a command that starts with one of its standard streams closed."""
    return ["/bin/sh", "-c", f'exec "$@" {descriptor}', "sh", *command]


@pytest.mark.parametrize(
    ("descriptor", "code"), [("<&-", 0), ("2>&-", 0), (">&-", 1)], ids=["stdin", "stderr", "stdout"]
)
def test_a_closed_standard_stream_is_no_defect(
    folder, clean_environment, trained_run, descriptor, code
):
    command = [sys.executable, "-m", "mnistkit", "predict", "0.png", "--model", trained_run.path]
    result = subprocess.run(
        closing(descriptor, command),
        cwd=folder,
        env=clean_environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "defect" not in result.stderr
    assert "Traceback" not in result.stderr
    assert result.returncode == code
    if code == 0:
        assert only_line(result.stdout).startswith("0.png\t")


def test_a_reader_that_goes_away_ends_the_command_silently(started, tmp_path):
    (tmp_path / "list").write_text("0.png\n" * 100_000)
    with started("--files-from", tmp_path / "list") as process:
        first = process.stdout.readline()
        process.stdout.close()
        assert process.wait(PATIENCE) in (0, 141)
        note = process.stderr.read().decode()
    assert first.startswith(b"0.png\t")
    assert only_line(note).startswith("model: ")


@pytest.mark.parametrize("format", ["text", "label", "csv", "jsonl"])
def test_a_path_is_answered_before_the_next_one_is_known(started, labels, format):  # noqa: A002
    header = {"csv": 1}.get(format, 0)
    with started("--files-from", "-", "--format", format) as process:
        for index in (0, 1):
            process.stdin.write(f"{index}.png\n".encode())
            process.stdin.flush()
            answer = [process.stdout.readline().decode() for _ in range(header + 1)][-1]
            assert labels[index] in answer
            header = 0
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("words", "content"),
    [(["-"], b"x" * 200_000), (["--files-from", "-"], b"0.png\n")],
    ids=["a picture", "a list"],
)
def test_an_interrupt_ends_it_while_it_waits_for_stdin(started, words, content):
    with started(*words) as process:
        # More than a pipe holds: once it is written, it is being read.
        process.stdin.write(content)
        process.stdin.flush()
        if words != ["-"]:
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert b"Traceback" not in process.stderr.read()


def test_a_data_folder_that_is_not_there_matters_only_to_what_reads_it(predict, tmp_path):
    Image.new("L", (28, 28)).save(tmp_path / "blank.png")
    missing = str(tmp_path / "missing")
    beside = predict("blank.png", "--data-dir", missing, cwd=tmp_path)
    assert beside.returncode == 0
    needed = predict("--dataset", "mnist", "--data-dir", missing, cwd=tmp_path)
    assert needed.returncode == 2
    assert f"received {missing}" in needed.stderr
    assert needed.stdout == ""
