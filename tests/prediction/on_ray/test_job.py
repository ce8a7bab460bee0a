"""`--ray local` from the command line: the same records, told once, and wrong requests."""

import json
import re
import signal
import socket
import subprocess
import time
from dataclasses import asdict

import onnx
import psutil
import pytest
from forking import FRESH
from networks import small_network
from pyarrow import parquet
from served import wait_until

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def run(mnistkit_in, places, clean_environment, tmp_path_factory):
    """Run a command with the bundled model in the folder of places, in a process of its own."""
    # Sockets in it would have too long a path, as in that of macOS.
    longer = tmp_path_factory.mktemp("a-long-name-of-the-temporary-files")
    environment = clean_environment | {"TMPDIR": str(longer)}
    return lambda *words: mnistkit_in(places, *words, fresh=True, env=environment)


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", [("model:", 2.0), ("ray: local", 0.0), ("ray: local", 0.5)])
def test_a_signal_ends_all_of_it_at_once(places, clean_environment, tmp_path, number, moment):
    line, seconds = moment
    words = ("predict", "digits", "--model", "bundled", "--ray", "local")
    options = {"cwd": places, "env": clean_environment, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*FRESH, *words, "--output", tmp_path / "answers"], **options) as process:
        for told in process.stderr:
            if told.startswith(line):
                break
        time.sleep(seconds)
        started = psutil.Process(process.pid).children(recursive=True)
        assert started or line == "model:"
        process.send_signal(number)
        began = time.monotonic()
        assert re.fullmatch(r"(ray: local, \d+ CPUs?\n)?", process.stderr.read())
        assert process.wait() == 128 + number
    # It takes 0.1 s; Ray's own way takes two, or does not end.
    assert time.monotonic() - began < 5
    # Who has no parent any more is a zombie for a while on some machines.
    for each in started:
        wait_until(lambda each=each: not each.is_running() or each.status() == psutil.STATUS_ZOMBIE)


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


def test_a_model_that_fails_in_a_worker_is_one_line(run, bundled, tmp_path):
    onnx.save(small_network(asdict(bundled.card), fault="fails"), tmp_path / "failing.onnx")
    options = ("--model", tmp_path / "failing.onnx", "--ray", "local")
    ended = run("predict", "digits", *options, "--output", tmp_path / "answers")
    assert ended.returncode == 3
    assert "received one that fails on an image" in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


def test_an_address_that_nobody_answers_is_one_line_at_once(run, tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        options = ("--model", "bundled", "--ray", address, "--output", tmp_path / "answers")
        ended = run("predict", "digits", *options)
    assert ended.returncode == 3
    line = ended.stderr.splitlines()[-1]
    assert f"expected Ray at {address}, received: Connection refused" in line
