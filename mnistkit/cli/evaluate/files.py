"""The files that `evaluate` writes beside what it prints: a plot, mistakes, a report."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mnistkit.cli.evaluate import results
from mnistkit.errors import UsageError

if TYPE_CHECKING:
    from mnistkit.core.arrays import Images
    from mnistkit.core.models.card import Card
    from mnistkit.evaluation.results import Report


@dataclass(frozen=True)
class Files:
    """The files to write; `force` replaces those that exist."""

    plot: Path | None
    mistakes: Path | None
    report: Path | None
    force: bool

    def claim(self, ctx: typer.Context, datasets: int, models: int) -> None:
        """Keep other processes from writing the files, until the command ends.

        Raises:
            MissingError: What writes a report is not installed.
            UsageError: A file has another suffix, or is of one dataset and one model only.
            OutputExistsError: It exists.
            OutputBusyError: Another process is writing it.
        """
        from mnistkit.core.packages import PAGES, require
        from mnistkit.reporting.figures import claim_figure

        for option, path in (("--plot", self.plot), ("--mistakes", self.mistakes)):
            if path is not None:
                check_alone(option, datasets, models)
        if self.plot is not None:
            ctx.with_resource(claim_figure(self.plot, force=self.force))
        if self.mistakes is not None:
            ctx.with_resource(_claim(self.mistakes, ".csv", force=self.force))
        if self.report is not None:
            require("a report", PAGES)
            ctx.with_resource(_claim(self.report, ".html", force=self.force))

    def write(self, report: Report, images: list[Images], cards: list[Card], command: str) -> None:
        """Write the files; the images are those of each dataset that was measured."""
        if self.plot is not None:
            from mnistkit.reporting import confusion

            confusion.draw(report.measured[0], images[0], self.plot, overwrite=self.force)
        if self.mistakes is not None:
            from mnistkit.reporting.mistakes import write_mistakes

            evaluation = report.measured[0].evaluation
            write_mistakes(evaluation, self.mistakes, overwrite=self.force)
        if self.report is not None and report.measured:
            from mnistkit.reporting.page.writing import Content, write_page

            content = Content(report, images, cards, command, results.to_json)
            write_page(content, self.report, overwrite=self.force)


def check_alone(option: str, datasets: int, models: int) -> None:
    """Raise `UsageError` for several datasets or models with an option that takes one of each."""
    if datasets > 1 or models > 1:
        raise UsageError(
            f"expected one dataset and one model with {option}, received {datasets} and {models}; "
            "measure them one by one"
        )


def _claim(path: Path, suffix: str, *, force: bool) -> AbstractContextManager[None]:
    from mnistkit.core.claims import claim_output

    if path.suffix.lower() != suffix:
        raise UsageError(f"expected a file that ends with {suffix}, received {path}; rename it")
    return claim_output(path, force=force)
