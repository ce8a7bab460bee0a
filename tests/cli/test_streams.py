"""What becomes of the results where stdout is closed or full, and of what a command writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnistkit.core.models.choice import BUNDLED, BUNDLED_RUN
from mnistkit.core.preprocessing.saving import save_picture

FULL = Path("/dev/full")
EVALUATE = f"evaluate --model {BUNDLED} --dataset mnist-sample --limit 50"
PREDICT = f"predict --model {BUNDLED} --dataset mnist-sample"
# Commands, some of which write more than a pipe's buffer holds.
PRINTING = [
    "--help",
    "--version",
    "read --help",
    "plugins",
    "datasets",
    "datasets show mnist-sample",
    "datasets fetch mnist-sample",
    "summary bundled --format json",
    f"runs {BUNDLED_RUN.parent}",
    f"explain example:seven --model {BUNDLED} --format json",
    f"{PREDICT} --format jsonl",
    EVALUATE,
]
WRITING = {
    f"{EVALUATE} --plot own.png": 1,
    "datasets show mnist-sample --plot samples.png": 1,
    f"runs {BUNDLED_RUN.parent} --plot curves.png": 1,
    f"explain example:seven --model {BUNDLED} --plot why.png": 1,
    f"predict --model {BUNDLED} pages --save-image images": 3,
    "read pages --annotate annotated": 3,
}


@pytest.fixture
def pages(tmp_path, sample):
    for image in sample.images[:3]:
        save_picture(255 - image, tmp_path / "pages", "page", ".png")


@pytest.fixture
def ended(clean_environment, tmp_path):
    """What a command ends with whose stdout is a pipe that nobody reads, or a full device."""

    def run(words, stdout):
        if stdout == "closed":
            reader, stdout = os.pipe()
            os.close(reader)
        else:
            stdout = os.open(FULL, os.O_WRONLY)
        try:
            return subprocess.run(
                [sys.executable, "-m", "mnistkit", *words.split(), "--quiet"],
                cwd=tmp_path,
                env=clean_environment,
                stdout=stdout,
                stderr=subprocess.PIPE,
                text=True,
                timeout=300,
                check=False,
            )
        finally:
            os.close(stdout)

    return run


@pytest.mark.sampled(5)
@pytest.mark.parametrize("words", PRINTING)
def test_a_pipe_that_nobody_reads_is_no_error(ended, words):
    answered = ended(words, "closed")
    assert (answered.returncode, answered.stderr) == (0, "")


@pytest.mark.sampled(5)
@pytest.mark.skipif(not FULL.exists(), reason="run it on Linux, for its /dev/full")
@pytest.mark.parametrize("words", PRINTING)
def test_a_full_device_is_told_in_one_line(ended, words):
    answered = ended(words, "full")
    (line,) = answered.stderr.splitlines()
    assert line.startswith("mnistkit: error: the disk is full")
    assert answered.returncode == 1


@pytest.mark.sampled(5)
@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("words", WRITING)
@pytest.mark.parametrize(("stdout", "code"), [("closed", 0), ("full", 1)])
def test_files_are_written_whatever_becomes_of_stdout(ended, tmp_path, words, stdout, code):
    if stdout == "full" and not FULL.exists():
        pytest.skip("run it on Linux, for its /dev/full")
    answered = ended(words, stdout)
    assert answered.returncode == code, answered.stderr
    place = tmp_path / words.split()[-1]
    written = [place] if place.is_file() else list(place.iterdir())
    assert len(written) == WRITING[words]
    assert all(path.stat().st_size for path in written)


def test_a_stderr_that_nobody_reads_ends_no_command(mnistkit):
    reader, stderr = os.pipe()
    os.close(reader)
    try:
        answered = mnistkit(
            *f"{PREDICT} --index 0 --format label --show".split(),
            capture_output=False,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    finally:
        os.close(stderr)
    assert (answered.returncode, answered.stdout) == (0, "0\n")


FAILING = {
    "an absent file": ("open('absent.txt')", 1, "absent.txt: no such file"),
    "a defect": ("[][0]", 1, "unexpected IndexError"),
    "an unusable model": ("from mnistkit.errors import ModelError; raise ModelError('x')", 3, "x"),
}


@pytest.mark.parametrize("failure", FAILING)
def test_what_was_printed_before_an_error_stands_above_it(
    mnistkit, clean_environment, tmp_path, failure
):
    statement, code, reason = FAILING[failure]
    information = tmp_path / "plugins" / "failing-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: failing\nVersion: 1.0\n")
    entry_point = "[mnistkit.commands]\nfail = failing:fail\n"
    (information / "entry_points.txt").write_text(entry_point)
    module = f"def fail():\n    print('half of it')\n    {statement}\n"
    (tmp_path / "plugins" / "failing.py").write_text(module)
    environment = clean_environment | {"PYTHONPATH": str(tmp_path / "plugins")}
    pipe = {"capture_output": False, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    answered = mnistkit("fail", env=environment, **pipe)
    printed, told = answered.stdout.splitlines()
    assert printed == "half of it"
    assert told.startswith(f"mnistkit: error: {reason}")
    assert answered.returncode == code
