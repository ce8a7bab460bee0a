"""The manual in the terminal: every page, the list of them, the pager, wrong names."""

from __future__ import annotations

import re

import pytest
from forking import FRESH
from terminals import on_terminal

from mnistkit import guide, plugins

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
WIDEST = 68


@pytest.mark.sampled(4)
@pytest.mark.parametrize("topic", guide.topics())
def test_a_pipe_gets_the_markdown_of_a_page(mnistkit, topic):
    shown = mnistkit("guide", topic)
    assert shown.returncode == 0
    assert shown.stderr == ""
    assert shown.stdout == (guide.FOLDER / f"{topic}.md").read_text(encoding="utf-8")


def test_without_a_topic_every_page_is_listed_with_what_it_is_about(mnistkit):
    listed = mnistkit("guide").stdout
    rows = [line.split(maxsplit=1) for line in listed.splitlines()[2:]]
    assert [name for name, _ in rows] == guide.topics()
    assert [what.strip() for _, what in rows] == [guide.summary(name) for name in guide.topics()]


@pytest.mark.parametrize("topic", guide.topics())
def test_a_page_begins_with_its_topic_and_one_sentence(topic):
    title, sentence, _ = guide.page(topic).split("\n\n", 2)
    assert title.startswith(f"# {topic}: ")
    assert re.fullmatch(r"[A-Z][^\n]*\.", sentence)
    # It has its line in the list, on a terminal of 80 columns.
    assert len(sentence) <= WIDEST


def test_a_terminal_gets_a_page_through_the_users_pager(clean_environment):
    environment = clean_environment | {"PAGER": "sed 's/^/paged:/'", "TERM": "xterm"}
    shown = on_terminal([*FRESH, "guide", "export"], environment).decode()
    lines = [ESCAPES.sub("", line).rstrip() for line in shown.splitlines()]
    assert all(line.startswith("paged:") for line in lines if line)
    assert f"paged:{guide.summary('export')}" in lines
    assert "```" not in shown


def test_a_terminal_without_a_pager_gets_the_page_at_once(clean_environment):
    environment = clean_environment | {"PAGER": "cat", "TERM": "dumb"}
    shown = on_terminal([*FRESH, "guide", "export"], environment).decode()
    assert guide.summary("export") in shown
    assert "\x1b" not in shown


@pytest.mark.sampled(4)
@pytest.mark.parametrize("command", [*plugins.names("command")])
def test_every_command_but_guide_itself_is_the_name_of_a_page(mnistkit, command):
    shown = mnistkit("guide", command)
    assert shown.returncode == (2 if command == "guide" else 0)
    assert f"mnistkit {command}" in shown.stdout or command == "guide"


@pytest.mark.parametrize(
    ("typed", "told"), [("exprot", "did you mean export?"), ("zzz", "choose one of ")]
)
def test_a_wrong_topic_is_one_line_with_the_names_that_exist(mnistkit, typed, told):
    ended = mnistkit("guide", typed)
    assert ended.returncode == 2
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert f"the guide has no page '{typed}'" in line
    assert told in line


def test_the_topics_are_completed_in_a_shell(mnistkit, clean_environment):
    asking = {
        "_MNISTKIT_COMPLETE": "complete_bash",
        "COMP_WORDS": "mnistkit guide exp",
        "COMP_CWORD": "2",
    }
    assert mnistkit(env=clean_environment | asking).stdout.split() == ["explain", "export"]
