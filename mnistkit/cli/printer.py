"""Printing results for commands that also write files, which may outlive what reads stdout."""

from __future__ import annotations

from collections.abc import Callable


class Printer:
    """Prints results for a command that may also write files.

    Args:
        outlives: Whether the command continues if it can't print.
    """

    def __init__(self, *, outlives: bool) -> None:
        self._outlives = outlives
        self._unshown: OSError | None = None

    def __call__(self, show: Callable[..., None], *text: str) -> None:
        """Call a function of `output`, such as `line`; keep its error if the command continues."""
        try:
            show(*text)
        except OSError as error:
            if not self._outlives:
                raise
            self._unshown = error

    def end(self) -> None:
        """Raise the last error of printing, if there was one."""
        if self._unshown is not None:
            raise self._unshown
