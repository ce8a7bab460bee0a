"""What commands print fits in a terminal of 80 columns, whole."""

from __future__ import annotations

import re
import shutil

import pytest
from pages import make_page
from PIL import Image
from terminals import on_terminal

from mnistkit import plugins
from mnistkit.cli.predict.columns import width
from mnistkit.core.models.choice import BUNDLED_RUN

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
ON_SAMPLE = "--dataset mnist-sample --limit 200"
COMMANDS = [
    "summary bundled",
    "summary cnn",
    "datasets",
    "datasets show mnist-sample",
    "plugins",
    "runs .",
    "explain page.png --model bundled --stride 9",
    *(f"plugins --kind {kind}s" for kind in plugins.GROUPS),
    f"evaluate --model bundled {ON_SAMPLE}",
    f"evaluate --model bundled --compare copy {ON_SAMPLE}",
    f"evaluate --compare bundled --compare copy {ON_SAMPLE} {ON_SAMPLE}",
    "benchmark bundled copy --dataset mnist-sample --limit 20 --images 8 --rounds 1",
    "predict digits --model bundled --top 3",
    "read page.png page.png",
]


@pytest.fixture(scope="module")
def place(tmp_path_factory, sample):
    """A folder with pictures, a page, and a model beside the bundled one."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "digits").mkdir()
    for name, image in zip(("0", "1", "x" * 90, "\N{SNOWMAN} 2"), sample.images, strict=False):
        Image.fromarray(image).save(folder / "digits" / f"{name}.png")
    page = make_page(sample.images, sample.class_indices, (5, 3))
    Image.fromarray(page.picture).save(folder / "page.png")
    shutil.copytree(BUNDLED_RUN, folder / "copy")
    return folder


def lines_on_terminal(command, environment, folder):
    shown = ESCAPES.sub("", on_terminal(command, environment, folder).decode())
    # An error and a warning are one line each, however long.
    return [line for line in shown.splitlines() if not line.startswith("mnistkit: ")]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("words", COMMANDS)
def test_results_fit_in_80_columns_and_nothing_is_cut_off(forks, clean_environment, place, words):
    command = forks.command(words.split(), {"env": clean_environment})
    lines = lines_on_terminal(command, clean_environment, place)
    assert len(lines) > 1
    too_wide = [line for line in lines if width(line.rstrip()) > 80]
    assert too_wide == ([f"digits/{'x' * 90}.png"] if "digits" in words else [])
    assert "\N{HORIZONTAL ELLIPSIS}" not in "".join(lines)
    assert "Traceback" not in "".join(lines)


def test_the_summary_of_every_command_is_whole_in_the_help(mnistkit):
    listed = mnistkit("--help").stdout.partition("Commands:")[2]
    assert "..." not in listed
