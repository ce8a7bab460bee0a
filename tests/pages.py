"""Photos of handwritten lines of digits, made from MNIST's: pages whose text is known.

    python tests/pages.py DIR --pages 20 --seed 0

writes pictures and `truth.jsonl`, a line each: the picture's name, its lines, and how it was made.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from handwriting.camera import photograph
from handwriting.glyphs import make_glyph, pick_similar
from handwriting.sheet import draw_sheet
from handwriting.style import (
    Style,
    draw_light,
    draw_paper,
    draw_pen,
    draw_writer,
)
from handwriting.text import draw_layout, text_box, write_text
from handwriting.view import aim, draw_view
from numpy.typing import NDArray

from mnistkit.data.loading import load_split
from mnistkit.fetching.store import Store


@dataclass(frozen=True)
class Page:
    """A picture uint8 (height, width, 3) in RGB; its text, top to bottom, a space per wide gap."""

    picture: NDArray[np.uint8]
    lines: tuple[str, ...]
    style: Style


def make_page(
    digits: NDArray[np.uint8],
    labels: NDArray[np.integer],
    random: tuple[int, int],
    layout: Sequence[Sequence[int]] = (),
) -> Page:
    """Make a page.

    Args:
        digits: Images (n, 28, 28), ink bright.
        labels: Their digits (n,).
        random: A seed and the page's number; the same two make the same page.
        layout: How many digits each number of each line has; without it, it is drawn.
    """
    source = np.random.default_rng(random)
    counts = layout or draw_layout(source)
    writer = draw_writer(source, counts)
    paper = draw_paper(source, writer)
    pen = draw_pen(source, paper)
    if paper.lines == "ruled":
        writer = replace(writer, slope=writer.slope / 4)
    chosen = pick_similar(digits, sum(map(sum, counts)), source)
    glyphs = [make_glyph(digits[index], writer, pen, source) for index in chosen]
    text, touching = write_text(glyphs, counts, writer, source)
    view = draw_view(source, text_box(text))
    light = draw_light(source, view.digit_height)
    style = Style(writer, pen, paper, light, view, touching)
    scene = aim(text, view, source)
    sheet = draw_sheet(text, scene, style, source)
    picture = photograph(sheet, scene, style, source)
    return Page(picture, spell(labels[chosen], counts), style)


def spell(labels: Iterable[int], counts: Sequence[Sequence[int]]) -> tuple[str, ...]:
    rest = map(str, map(int, labels))
    return tuple(
        " ".join("".join(next(rest) for _ in range(count)) for count in line) for line in counts
    )


def write_pages(folder: Path, pages: Iterable[Page]) -> None:
    """Write pages as JPEG and PNG by turns, and their truth."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "truth.jsonl").open("w", encoding="utf-8") as truth:
        for number, page in enumerate(pages):
            name = f"{number:04}.{'jpg' if number % 2 == 0 else 'png'}"
            cv2.imwrite(str(folder / name), page.picture[..., ::-1])
            row = {"picture": name, "lines": page.lines, "style": asdict(page.style)}
            truth.write(json.dumps(row) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Write synthetic pages and their truth.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dataset", default="mnist-sample")
    parser.add_argument("--data-dir", type=Path, help="holds MNIST's files")
    options = parser.parse_args()
    test = load_split(options.dataset, "test", Store(options.data_dir))
    write_pages(
        options.folder,
        (
            make_page(test.images, test.class_indices, (options.seed, number))
            for number in range(options.pages)
        ),
    )


if __name__ == "__main__":
    main()
