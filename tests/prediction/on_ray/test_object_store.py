"""Pictures and answers in an object store: moto's server, on loopback."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from pyarrow import fs

pytest.importorskip("moto", reason="pip install 'moto[server]' to run it")
pytestmark = pytest.mark.slow

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


@contextmanager
def served(**environment):
    """A running store; what a URL needs to reach it."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    command = [sys.executable, "-c", "from moto.server import main; main()", "-p", str(port)]
    with subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            for _ in range(600):
                time.sleep(0.1)
                with socket.socket() as trying:
                    if not trying.connect_ex(("127.0.0.1", port)):
                        break
            yield f"endpoint_override=127.0.0.1:{port}&scheme=http&region=us-east-1"
        finally:
            process.kill()


@pytest.fixture(scope="module")
def store(places):
    """The query of a store's URLs, with the pictures in the bucket `digits`."""
    with pytest.MonkeyPatch.context() as patch, served() as query:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        system, _ = fs.FileSystem.from_uri(f"s3://digits?allow_bucket_creation=true&{query}")
        system.create_dir("digits")
        files = [*sorted((places / "digits").iterdir()), places / "digits.parquet"]
        for file in files:
            with system.open_output_stream(f"digits/all/{file.name}") as stream:
                stream.write(file.read_bytes())
        yield query


@pytest.fixture
def predict(mnistkit_in, places, clean_environment):
    def run(*words):
        environment = clean_environment | KEYS | {"no_proxy": "127.0.0.1"}
        options = ("--model", "bundled", "--ray", "local", "--column", "image")
        return mnistkit_in(places, "predict", *words, *options, env=environment, fresh=True)

    return run


def test_a_store_is_read_and_written(predict, store):
    ended = predict(f"s3://digits/all?{store}", "--output", f"s3://digits/answers?{store}",
                    "--format", "jsonl")  # fmt: skip
    assert ended.returncode == 1
    assert "could not be read: 2 of 82;" in ended.stderr
    system, _ = fs.FileSystem.from_uri(f"s3://digits?{store}")
    files = system.get_file_info(fs.FileSelector("digits/answers"))
    assert all(file.base_name.endswith(".jsonl") for file in files)
    lines = [
        line
        for file in sorted(files, key=lambda file: file.base_name)
        for line in system.open_input_stream(file.path).read().splitlines()
    ]
    sources = [json.loads(line)["source"] for line in lines]
    expected = [f"{number:02}.png" for number in range(40)] + ["broken.png"]
    assert sources == [f"s3://digits/all/{name}" for name in expected] + [
        f"s3://digits/all/digits.parquet#{row}" for row in range(41)
    ]
    again = predict(f"s3://digits/all?{store}", "--output", f"s3://digits/answers?{store}",
                    "--format", "jsonl")  # fmt: skip
    assert "3 of 3 parts are answered already" in again.stderr


def test_a_bucket_that_is_not_there_or_forbidden_is_one_line(predict, store, tmp_path):
    ended = predict(f"s3://nowhere/all?{store}", "--output", tmp_path / "a")
    assert ended.returncode == 1
    assert "NO_SUCH_BUCKET" in ended.stderr.splitlines()[-1]
    with served(INITIAL_NO_AUTH_ACTION_COUNT="0") as query:
        ended = predict(f"s3://digits/all?{query}", "--output", tmp_path / "a")
    assert ended.returncode == 1
    assert "ACCESS_DENIED" in ended.stderr.splitlines()[-1]
