"""What lasts until a command of the command line ends, however deep it began."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar

_command: ContextVar[ExitStack | None] = ContextVar("command", default=None)


@contextmanager
def command() -> Iterator[None]:
    """Run a block as a command."""
    with ExitStack() as lasting:
        token = _command.set(lasting)
        try:
            yield
        finally:
            _command.reset(token)


def until_command_ends(context: AbstractContextManager[object]) -> None:
    """Enter a context until the command ends; do nothing in a program that is not ours."""
    lasting = _command.get()
    if lasting is not None:
        lasting.enter_context(context)
