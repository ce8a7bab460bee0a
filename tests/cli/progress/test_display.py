"""The line at the bottom of a terminal: when it is shown, what stays, and what a pipe gets."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from terminals import on_terminal, screen_of

# Lines for people and for programs, an unfinished one, and names that are wide or long.
PROGRAM = """
import sys, time
from mnistkit.cli import output
from mnistkit.cli.progress import display, drawing
from mnistkit.cli.progress.stage import Stage
output.set_verbosity(20)
display.DELAY, display.INTERVAL = {delay}, 0.02
with display.Display() as shown:
    shown.show(Stage({name!r}, {total}, "images"))
    for number in range(30):
        shown.advance()
        output.line(f"answer {{number}}")
        if number % 10 == 0:
            output.note(f"note {{number}}")
        time.sleep(0.01)
    {ending}
output.line("result")
"""
LINES = [
    line
    for number in range(30)
    for line in (f"answer {number}", *([f"note {number}"] if number % 10 == 0 else []))
]
COLOUR = re.compile(r"\x1b\[[\d;]*m")


def program(delay=0.0, total=30, name="work", ending=""):
    text = PROGRAM.format(delay=delay, total=total, name=name, ending=ending)
    return [sys.executable, "-c", text]


@pytest.fixture
def environment(clean_environment):
    coloured = {name: each for name, each in clean_environment.items() if name != "NO_COLOR"}
    return coloured | {"TERM": "xterm-256color"}


def test_results_stand_above_a_line_that_is_gone_at_the_end(environment):
    shown = on_terminal(program(), environment).decode()
    bars = re.findall(
        r"work [━╸╺]+ \d+ of 30 images  [\d.]+(?:/s| s each)  \d+:\d\d left", COLOUR.sub("", shown)
    )
    assert len(set(bars)) > 1
    assert COLOUR.search(shown)
    assert screen_of(shown) == [*LINES, "result"]


def test_nothing_is_shown_before_a_second(environment):
    shown = on_terminal(program(delay=1.0), environment).decode()
    assert shown.splitlines() == [*LINES, "result"]


@pytest.mark.parametrize(
    ("variables", "moves", "colours"),
    [({"NO_COLOR": "1"}, True, False), ({"TERM": "dumb"}, False, False)],
)
def test_terminals_get_what_they_can_and_want(environment, variables, moves, colours):
    shown = on_terminal(program(), environment | variables).decode()
    assert ("of 30 images" in shown) == moves
    assert bool(COLOUR.search(shown)) == colours
    assert screen_of(shown) == [*LINES, "result"]


def test_a_terminal_without_unicode_gets_a_bar_of_ascii(environment):
    shown = on_terminal(program(), environment | {"PYTHONIOENCODING": "ascii"})
    assert b" of 30 images" in shown
    assert shown.isascii()


def test_quiet_shows_no_line(environment):
    quiet = program()
    quiet[-1] = quiet[-1].replace("set_verbosity(20)", "set_verbosity(40)")
    shown = on_terminal(quiet, environment).decode().splitlines()
    assert shown == [*(line for line in LINES if "note" not in line), "result"]


def test_pipes_get_what_is_printed_and_no_more(environment):
    ended = subprocess.run(program(), env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == [*(line for line in LINES if "note" not in line), "result"]
    assert ended.stderr.splitlines() == [line for line in LINES if "note" in line]


def test_a_pipe_beside_a_terminal_gets_the_results_alone(environment, tmp_path):
    redirected = f'exec "$@" > {tmp_path}/results'
    command = ["/bin/sh", "-c", redirected, "sh", *program()]
    shown = on_terminal(command, environment).decode()
    results = (tmp_path / "results").read_text().splitlines()
    assert results == [*(line for line in LINES if "note" not in line), "result"]
    assert screen_of(shown) == [line for line in LINES if "note" in line]
    assert "of 30 images" in shown


def test_results_that_a_program_keeps_are_left_to_it(environment):
    kept = program(ending="kept = sys.stdout")
    begin = "import io, sys\nterminal, sys.stdout = sys.stdout, io.StringIO()"
    end = "assert sys.stdout is kept\nterminal.write(sys.stdout.getvalue())"
    kept[-1] = "\n".join([begin, kept[-1], end])
    shown = on_terminal(kept, environment).decode()
    notes = [line for line in LINES if "note" in line]
    results = [line for line in LINES if "note" not in line]
    assert "of 30 images" in COLOUR.sub("", shown)
    assert screen_of(shown) == [*notes, *results, "result"]


# A download in a command that shows nothing else.
DOWNLOAD = """
import time
from mnistkit.cli import output
from mnistkit.cli.progress import display, drawing
from mnistkit.cli.progress.counting import downloads
output.set_verbosity(20)
display.DELAY, display.INTERVAL = 0, 0.02
def parts():
    for _ in range(20):
        time.sleep(0.02)
        yield bytes(100_000)
print(sum(map(len, downloads(None)(parts(), 2_000_000, "digits.gz"))))
"""


def test_a_download_has_a_line_of_its_own_where_a_command_has_none(environment):
    shown = on_terminal([sys.executable, "-c", DOWNLOAD], environment).decode()
    bar = r"digits\.gz [━╸╺]+ [\d.]+ of 2\.0 MB  [\d.]+ MB/s  \d+:\d\d left"
    assert re.search(bar, COLOUR.sub("", shown))
    assert screen_of(shown) == ["2000000"]


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "ValueError('wrong')"])
def test_whatever_ends_it_the_line_is_gone_and_the_cursor_there(environment, raised):
    shown = on_terminal(program(ending=f"raise {raised}"), environment).decode()
    assert screen_of(shown)[: len(LINES) + 1] == [*LINES, "Traceback (most recent call last):"]
    # What hides the cursor, or sets any other mode.
    assert "\x1b[?" not in shown


@pytest.mark.parametrize(
    ("columns", "name"), [(40, "a-long-name " * 20), (60, "数字" * 40), (80, "work " * 9)], ids=str
)
def test_the_line_fits(environment, columns, name):
    del environment["COLUMNS"]
    shown = on_terminal(program(name=name), environment, columns=columns).decode()
    assert "of 30 images" in shown
    # A line that does not fit would leave its first part.
    assert screen_of(shown, columns) == [*LINES, "result"]


def test_an_unfinished_line_is_kept_until_its_end(environment):
    ending = "print('un', end='', flush=True); time.sleep(0.1); print('finished', end='')"
    shown = on_terminal(program(ending=ending), environment).decode()
    assert screen_of(shown) == [*LINES, "unfinishedresult"]


def test_a_total_that_is_counted_beside_the_work(environment):
    counting = program(name="work")
    counting[-1] = counting[-1].replace('30, "images"', 'unit="images", find_total=lambda: 30')
    shown = COLOUR.sub("", on_terminal(counting, environment).decode())
    assert " of 30 images" in shown
