"""`mnistkit datasets` as a user meets it."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from mnistkit.cli.app import app

OWN_DATA = os.environ.get("MNISTKIT_DATA")


@pytest.fixture
def datasets(monkeypatch, tmp_path):
    """Run the command with an empty cache and no network."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MNISTKIT_DATA", raising=False)
    monkeypatch.setattr("mnistkit.fetching.download.sleep", lambda _: None)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    return lambda *words: CliRunner().invoke(app, ["datasets", *map(str, words)])


def test_every_dataset_is_listed_with_its_size_and_state_in_80_columns(datasets):
    answered = datasets()
    assert answered.exit_code == 0
    lines = {line.split()[0]: line.split() for line in answered.stdout.splitlines() if line.strip()}
    assert lines["emnist-letters"][1:] == ["to", "fetch", "561.8", "124,800", "20,800", "26"]
    assert lines["mnist-sample"][1:] == ["bundled", "-", "4,000", "1,000", "10"]
    assert lines["folder:PATH"][1:] == ["your", "own", "-", "-", "-", "-"]
    assert lines["usps"][1:] == ["to", "fetch", "unknown", "7,291", "2,007", "10"]
    assert not [line for line in answered.stdout.splitlines() if line.endswith(" ")]
    assert max(map(len, answered.stdout.splitlines())) <= 80


def test_the_list_as_json_tells_more(datasets, tmp_path):
    (tmp_path / "usps").mkdir()
    (tmp_path / "usps" / "zip.test.gz").touch()
    (tmp_path / "cache" / "mnistkit" / "kmnist").mkdir(parents=True)
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (tmp_path / "cache" / "mnistkit" / "kmnist" / f"{name}-ubyte.gz").touch()
    listed = json.loads(datasets("--format", "json", "--data-dir", tmp_path).stdout)
    found = {entry["name"]: entry for entry in listed}
    assert found["usps"]["state"] == "to fetch"
    assert found["usps"]["place"] == str(tmp_path / "usps")
    assert found["kmnist"]["state"] == "cached"
    assert found["kmnist"]["bytes_to_fetch"] == 0
    assert found["mnist"]["images"] == {"train": 60000, "test": 10000}
    assert found["mnist"]["bytes_to_fetch"] == 11_594_722
    assert "CC BY-SA 4.0" in found["kmnist"]["licence"]


def test_a_dataset_is_shown_with_its_classes_and_samples_in_80_columns(datasets, tmp_path):
    answered = datasets("show", "mnist-sample", "--plot", tmp_path / "samples.png")
    assert answered.exit_code == 0, answered.stderr
    lines = answered.stdout.splitlines()
    for part in ("mnist-sample: ", "CC BY-SA 3.0", "digit", "1,000 in the test split"):
        assert part in answered.stdout
    assert [line.split() for line in lines if line.startswith(" 7 ")] == [["7", "100"]]
    assert max(map(len, lines)) <= 80
    (names,) = (line for line in lines if line.split() == list("56789"))
    samples = lines[lines.index(names) + 1 :]
    assert len(samples) == 8
    assert sum(character in "#%@" for line in samples for character in line) > 20
    with Image.open(tmp_path / "samples.png") as drawn:
        assert drawn.format == "PNG"
        assert (np.asarray(drawn.convert("L")) == 0).mean() > 0.3


def test_a_class_without_an_image_in_the_split_has_an_empty_place(datasets, tmp_path, sample):
    few = [int(np.flatnonzero(sample.class_indices == index)[0]) for index in range(3)]
    parts = {"x_train": sample.images[few], "y_train": ["a", "b", "c"]}
    np.savez(tmp_path / "x.npz", **parts, x_test=sample.images[few[1:]], y_test=["b", "c"])
    answered = datasets("show", f"npz:{tmp_path / 'x.npz'}")
    assert answered.exit_code == 0, answered.stderr
    assert [line.split() for line in answered.stdout.splitlines() if line.startswith(" a")] == [
        ["a", "0"]
    ]
    *_, titles = (line for line in answered.stdout.splitlines() if line.split() == ["a", "b", "c"])
    drawn = answered.stdout.partition(titles)[2].splitlines()[1:]
    assert titles.index("b") == 16
    assert {line[:16].strip() for line in drawn} == {""}
    assert {line.strip() for line in drawn} != {""}


@pytest.mark.skipif(not OWN_DATA, reason="set MNISTKIT_DATA to a folder that holds USPS")
def test_the_place_of_a_dataset_that_was_fetched_is_told(datasets):
    answered = datasets("show", "usps", "--data-dir", OWN_DATA)
    assert answered.exit_code == 0, answered.stderr
    assert f"place        {OWN_DATA}/usps" in answered.stdout.splitlines()


def test_the_counts_as_json(datasets):
    shown = json.loads(
        datasets("show", "mnist-sample", "--split", "train", "--format", "json").stdout
    )
    assert shown["per_class"] == [{"label": str(digit), "count": 400} for digit in range(10)]
    assert (shown["count"], shown["split"], len(shown["sha256"])) == (4000, "train", 64)


def test_a_plot_is_not_overwritten_unless_forced(datasets, tmp_path):
    plot = tmp_path / "mine.png"
    plot.write_bytes(b"mine")
    refused = datasets("show", "mnist-sample", "--plot", plot)
    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert plot.read_bytes() == b"mine"
    assert datasets("show", "mnist-sample", "--plot", plot, "--force").exit_code == 0
    assert plot.read_bytes() != b"mine"


def test_a_folder_of_more_classes_than_fit_is_shown(datasets, tmp_path):
    random = np.random.default_rng(0)
    for name in range(30):
        (tmp_path / "many" / f"class {name}").mkdir(parents=True)
        for number in range(12):
            pixels = random.integers(0, 256, (28, 28), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "many" / f"class {name}" / f"{number}.png")
    answered = datasets("show", f"folder:{tmp_path / 'many'}", "--split", "train")
    assert answered.exit_code == 0, answered.stderr
    assert "preparation  object" in answered.stdout
    assert "10 more classes" in answered.stdout
    shown = json.loads(datasets("show", f"folder:{tmp_path / 'many'}", "--format", "json").stdout)
    assert shown["state"] == "your own"
    assert answered.stdout.index("class 9 ") < answered.stdout.index("class 10 ")


def test_a_class_whose_name_looks_like_a_formula_is_drawn(datasets, tmp_path, sample):
    labels = np.where(np.arange(40) % 2, r"$\foo$", "$x^")
    parts = {"x_train": sample.images[:20], "y_train": labels[:20]}
    np.savez(tmp_path / "x.npz", **parts, x_test=sample.images[20:40], y_test=labels[20:])
    answered = datasets("show", f"npz:{tmp_path / 'x.npz'}", "--plot", tmp_path / "plot.png")
    assert answered.exit_code == 0, answered.stderr
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_fetching_goes_on_after_a_failure_and_ends_with_its_code(datasets):
    answered = datasets("fetch", "kmnist", "mnist-sample", "nonesuch")
    assert answered.exit_code == 3
    assert answered.stdout == "mnist-sample: 4,000 train and 1,000 test images\n"
    first, second = (line for line in answered.stderr.splitlines() if "error" in line)
    assert first.startswith("mnistkit: error: kmnist: ")
    assert "no connection" in first
    assert "no dataset is called 'nonesuch'" in second


def test_a_checksum_that_fails_ends_with_its_own_code(datasets, tmp_path):
    (tmp_path / "mnist").mkdir()
    for name, header in (
        ("train-images-idx3", "00000803000000010000001c0000001c"),
        ("train-labels-idx1", "0000080100000001"),
    ):
        size = 784 if "images" in name else 1
        (tmp_path / "mnist" / f"{name}-ubyte").write_bytes(bytes.fromhex(header) + bytes(size))
    answered = datasets("fetch", "mnist", "mnist-sample", "--data-dir", tmp_path)
    assert answered.exit_code == 4
    assert "mnist-sample" in answered.stdout


@pytest.mark.parametrize(
    "words", [["--format", "json", "show", "mnist-sample"], ["--data-dir", "/", "fetch", "x"]]
)
def test_an_option_in_front_of_a_subcommand_is_refused_as_it_would_be_lost(datasets, words):
    answered = datasets(*words)
    assert answered.exit_code == 2
    assert f"expected {words[0]} after `datasets {words[2]}`" in answered.stderr
