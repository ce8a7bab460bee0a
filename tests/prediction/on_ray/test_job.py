"""`--ray local` from the command line: the same records, told once, and wrong requests."""

import json
import socket

import pytest
from pyarrow import parquet


@pytest.fixture(scope="module")
def run(mnistkit_in, places):
    """Run a command with the bundled model in the folder of places, in a process of its own."""
    return lambda *words: mnistkit_in(places, *words, fresh=True)


SOURCES = ("digits", "digits.parquet", "digits.tar", "nowhere.png")


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    return tmp_path_factory.mktemp("answers") / "there"


@pytest.fixture(scope="module")
def answered(run, answers):
    """A whole command on a cluster of this machine."""
    options = ("--model", "bundled", "--ray", "local", "--output", answers, "--column", "image")
    return run("predict", *SOURCES, *options)


def without_nulls(record):
    return {name: value for name, value in record.items() if value is not None}


def test_the_records_are_those_of_the_command_line(answered, answers, run):
    assert answered.returncode == 1
    assert answered.stdout == ""
    records = [
        without_nulls(row)
        for file in sorted(answers.iterdir())
        for row in parquet.read_table(file).to_pylist()
    ]
    plain = run("predict", "digits", "nowhere.png", "--model", "bundled", "--format", "jsonl")
    expected = list(map(json.loads, plain.stdout.splitlines()))
    of_files = [each for each in records if not each["source"].startswith("digits.")]
    assert of_files == expected
    labels = [each["label"] for each in expected if "label" in each]
    for place in ("digits.parquet#", "digits.tar/"):
        found = [each for each in records if each["source"].startswith(place)]
        assert [each["label"] for each in found if "label" in each] == labels
    # The folder has a broken picture, Parquet a null, and one file is missing.
    assert [each["source"] for each in records if "error" in each] == [
        "digits/broken.png",
        "digits.parquet#40",
        "nowhere.png",
    ]


def test_nothing_of_ray_is_printed(answered, answers):
    assert answered.stderr.splitlines()[0] == "model: bundled (from --model)"
    assert answered.stderr.splitlines()[1].startswith("ray: local, ")
    unread = "pictures that could not be read: 3 of 123; their records have an error"
    assert answered.stderr.splitlines()[2:] == [
        f"{answers}: pictures answered: 123",
        f"mnistkit: error: {answers}: {unread}",
    ]


@pytest.mark.usefixtures("answered")
def test_the_same_command_has_nothing_left_to_do(run, answers):
    options = ("--model", "bundled", "--ray", "local", "--output", answers, "--column", "image")
    before = {file: file.stat() for file in answers.iterdir()}
    again = run("predict", *SOURCES, *options)
    assert again.returncode == 1
    # It does not even start Ray.
    assert "ray: local" not in again.stderr
    assert {file: file.stat() for file in answers.iterdir()} == before
    other = run("predict", *SOURCES, *options, "--top", "2")
    assert other.returncode == 2
    assert "received some with --top 1, not 2" in other.stderr


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("predict", "digits", "--ray", "local"), 2, "expected --output with --ray"),
        (("predict", "digits", "--output", "a"), 2, "expected --ray with --output"),
        (("read", "digits", "--format", "parquet"), 2, "expected --ray with --format parquet"),
        (("predict", "digits", "--ray", "local", "--output", "a", "--show"), 2, "no --show"),
        (("predict", "digits", "--ray", "here", "--output", "a"), 2, "HOST:PORT"),
        (("read", "digits", "--ray", "local", "--output", "a", "--format", "csv"), 2, "jsonl"),
        (("evaluate", "bundled", "--ray", "local", "--output", "a"), 2, "--dataset folder:PATH"),
    ],
)
def test_wrong_requests_are_one_line(mnistkit_in, places, words, code, told):
    ended = mnistkit_in(places, *words)
    assert ended.returncode == code
    assert told in ended.stderr.splitlines()[-1]
    assert ended.stdout == ""


def test_an_address_that_nobody_answers_is_one_line_at_once(run, tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        options = ("--model", "bundled", "--ray", address, "--output", tmp_path / "answers")
        ended = run("predict", "digits", *options)
    assert ended.returncode == 3
    line = ended.stderr.splitlines()[-1]
    assert f"expected Ray at {address}, received: Connection refused" in line
