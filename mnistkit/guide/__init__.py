"""The manual: one Markdown page per topic, which `mnistkit guide` shows."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent

PAGES_OF_COMMANDS = {
    "benchmark": "benchmarks",
    "datasets": "data",
    "ensemble": "recipes",
    "runs": "train",
    "summary": "train",
    "train-reader": "reader",
}
"""The pages of the commands that have no page of their own name."""


def topics() -> list[str]:
    """Return the names of all pages, sorted."""
    return sorted(page.stem for page in FOLDER.glob("*.md"))


def page(topic: str) -> str:
    """Return the Markdown of one page, which must be one of `topics()`."""
    return (FOLDER / f"{topic}.md").read_text(encoding="utf-8")


def summary(topic: str) -> str:
    """Return the summary of a page: the line below its title."""
    return page(topic).split("\n\n", 2)[1]
