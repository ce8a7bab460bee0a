"""Long results in lines of 80 columns."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

import pytest
from terminals import on_terminal

from mnistkit.cli import wrapping

COMMANDS = [
    "mnistkit train --epochs 5",
    "mnistkit train " + " ".join(f"--option name{number}=value" for number in range(20)),
    "mnistkit predict 'a picture.png' --model 'my runs/first one' --top 3 " + 30 * " x.png",
    "mnistkit evaluate --model " + 90 * "x",
    "mnistkit tune --storage 'postgresql://user@host/my \"data\"' --study it\\'s" + 40 * " --debug",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_divided_command_is_the_same_to_a_shell(command):
    lines = wrapping.command(command)
    printing = "\n".join(lines).replace("mnistkit ", "printf '%s\\n' ", 1)
    ended = subprocess.run(["sh", "-c", printing], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == shlex.split(command)[1:]
    longest = max(map(len, shlex.split(command)))
    assert max(map(len, lines)) <= max(80, longest + len("    --model  \\"))


def test_an_option_and_its_value_stay_in_one_line():
    lines = wrapping.command(COMMANDS[1])
    assert len(lines) > 3
    assert all(line.rstrip(" \\").endswith("=value") for line in lines)


@pytest.mark.parametrize("text", ["", "mnistkit train --output 'half"])
def test_what_no_shell_could_take_is_shown(text):
    assert " ".join(wrapping.command(text)).split() == text.split()


def test_items_are_divided_between_and_not_within():
    items = [f"package{number} 1.{number}" for number in range(20)]
    lines = wrapping.listing("packages", items, 12)
    assert max(map(len, lines)) <= 80
    assert ", ".join(items) == " ".join(line[12:] for line in lines)
    assert lines[0].startswith("packages    package0 1.0, ")


def test_a_word_longer_than_a_line_is_left_whole():
    address = "https://example.org/" + 90 * "x"
    assert address in wrapping.paragraph("licence", f"see {address} for it", 12)[1]


def test_what_tells_no_columns_has_those_of_a_page_unless_they_are_set(monkeypatch):
    reader, writer = os.pipe()
    try:
        monkeypatch.delenv("COLUMNS", raising=False)
        assert wrapping.width_of(writer) == 80
        monkeypatch.setenv("COLUMNS", "120")
        assert wrapping.width_of(writer) == 120
    finally:
        os.close(reader)
        os.close(writer)


LONG = " ".join(f"word-{number}" for number in range(40))
PROGRAM = f"""
import sys
from mnistkit.cli import output
from mnistkit.cli.progress.display import Display
from mnistkit.cli.progress.training import TrainingProgress
output.set_verbosity(20)
output.note({LONG!r})
output.error("9" * 100 + " " + {LONG!r})
with Display() as display:
    TrainingProgress(display).stage({LONG!r})
"""


def test_a_message_is_wrapped_at_words_on_a_terminal(clean_environment):
    environment = {**clean_environment, "TERM": "xterm"}
    del environment["COLUMNS"]
    shown = on_terminal([sys.executable, "-c", PROGRAM], environment).decode()
    lines = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown).splitlines()
    assert " ".join(" ".join(lines).split()) == f"{LONG} mnistkit: error: {'9' * 100} {LONG} {LONG}"
    assert [line for line in lines if len(line) > 80] == ["9" * 100]


def test_a_message_in_a_pipe_is_one_line(clean_environment):
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=clean_environment, capture_output=True, check=True
    )
    assert len(ended.stderr.splitlines()) == 3
