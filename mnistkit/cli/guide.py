"""`mnistkit guide`."""

from __future__ import annotations

from typing import Annotated

import typer

from mnistkit import guide as manual
from mnistkit.cli import output
from mnistkit.errors import UsageError
from mnistkit.plugins import nearest


def _complete(incomplete: str) -> list[str]:
    names = (*manual.topics(), *manual.PAGES_OF_COMMANDS)
    return [name for name in names if name.startswith(incomplete)]


def guide(
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="TOPIC",
            help="The page to show, or a command to show the page of. Default: list all pages.",
            autocompletion=_complete,
        ),
    ] = None,
) -> None:
    """Show a page of the manual, or list all pages.

    On a terminal a page is shown in the program that PAGER names; in a pipe it is plain Markdown.

    Example:
        mnistkit guide train
    """
    known = manual.topics()
    if topic is None:
        output.table(("topic", "what"), ((name, manual.summary(name)) for name in known), words=2)
        return
    page = manual.PAGES_OF_COMMANDS.get(topic, topic)
    if page not in known:
        raise UsageError(_unknown(topic, known))
    output.page(manual.page(page))


def _unknown(topic: str, known: list[str]) -> str:
    meant = nearest(topic, known)
    if meant:
        return f"the guide has no page {topic!r}; did you mean {' or '.join(meant)}?"
    return f"the guide has no page {topic!r}; choose one of {', '.join(known)}"
