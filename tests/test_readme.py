"""What the README and the guide say is what happens.

Their console blocks are run in their order, as a user without a network would. What they print is
compared to the letter, but for what no two runs have in common. A command that several pages show
is run once, and each page shows what it printed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pages import make_page
from PIL import Image

from mnistkit import guide

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
# In the checkout, as what they link to is: the installed ones stand without it.
GUIDE = [ROOT / "mnistkit" / "guide" / f"{topic}.md" for topic in guide.topics()]
# The README trains the model that the pages speak of.
PAGES = {page: page.read_text(encoding="utf-8") for page in (README, *GUIDE)}
MOST_LINES = 250
# Any page with few lines, and a small table.
PAGE, TABLE, LAYOUT = (0, 4), (0, 5), [[2, 3, 4], [2, 3, 4], [2, 3]]
EXAMPLE = ROOT / "tests" / "example_plugin"


def write_pictures(folder, sample):
    """A seven, folders of digits, images as Kaggle has them, a page, and one of two pages."""
    sevens = [
        image
        for image, index in zip(sample.images, sample.class_indices, strict=True)
        if index == 7
    ]
    Image.fromarray(sevens[1]).save(folder / "seven.png")
    (folder / "digits").mkdir()
    for number, image in enumerate(sample.images[:3]):
        Image.fromarray(image).save(folder / "digits" / f"{number}.png")
    for number, index in enumerate(sample.class_indices[:200].tolist()):
        (folder / "my-digits" / str(index)).mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(sample.images[number])
        picture.save(folder / "my-digits" / str(index) / f"{number}.png")
    rows = [",".join(map(str, image.ravel().tolist())) for image in sample.images[:5]]
    (folder / "test.csv").write_text("\n".join(rows) + "\n")
    page = make_page(sample.images, sample.class_indices, PAGE)
    Image.fromarray(page.picture).save(folder / "page.jpg", quality=90)
    table = make_page(sample.images, sample.class_indices, TABLE, LAYOUT)
    first, second = (Image.fromarray(each.picture) for each in (page, table))
    first.save(folder / "exam.pdf", save_all=True, append_images=[second], quality=90)


def blocks(language, *pages):
    """The blocks of a language on these pages; without any, on all of them."""
    return [
        content
        for page in pages or PAGES
        for kind, content in re.findall(
            r"^```(\w*)\n(.*?)^```$", PAGES[page], re.DOTALL | re.MULTILINE
        )
        if kind == language
    ]


def commands(page):
    """Every `$ command` of a page's console blocks with the output printed below it."""
    for block in blocks("console", page):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


SHOWN = [(page.stem, *shown) for page in PAGES for shown in commands(page)]


# What differs from run to run, and from machine to machine.
PASSING = (
    (r"runs/\d{8}-\d{6}-[\w-]+", "RUN"),
    (r"\d+\.\d s\b", "SECONDS"),
    (r"(?<=largest difference )\S+", "DIFFERENCE"),
    (r"─{3,}", "RULE"),
    # It stands in for MNIST where there is no network.
    ("mnist-sample", "mnist"),
)
FIGURE = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])|(?<=^bytes )[\d,]+$", re.MULTILINE)
MEASURE = r"\d[\d,.]*(?:e-?\d+)?%?"
CONFIDENCE = r"[01]\.\d{4}"
LEARNED = {
    "mnistkit train --epochs 5": r"\d+\.\d+%?|(?<=^first test image ).*$",
    "mnistkit evaluate | head -2": MEASURE,
    "mnistkit evaluate": rf"{MEASURE}|(?<!\S)\.(?!\S)",
    "mnistkit evaluate --compare runs/*/model.onnx --compare bundled": MEASURE,
    "mnistkit predict seven.png digits --top 2": rf"{CONFIDENCE} \d {CONFIDENCE}",
    "mnistkit predict --dataset mnist-sample --index 0 --format csv": CONFIDENCE,
    "mnistkit predict digits | head -1": CONFIDENCE,
}
"""Where the figures shown are of a model that learned all of MNIST, and here it learns the sample.

By the command, what else is left aside. `test_readme_figures.py` holds what can be held of them.
"""


def plain(command, output):
    """What has to be the same wherever and whenever a command is run; without warnings."""
    lines = [" ".join(line.split()) for line in output.splitlines()]
    kept = [line for line in lines if line and not line.startswith("mnistkit: warning: ")]
    # `find` has no order.
    text = "\n".join(sorted(kept) if command.startswith("find ") else kept)
    for passing, name in PASSING:
        text = re.sub(passing, name, text)
    learned = LEARNED.get(command)
    return re.sub(learned, "LEARNED", text, flags=re.MULTILINE) if learned else text


def figures(text):
    """The numbers that may differ in their last digits."""
    return [float(figure.replace(",", "")) for figure in FIGURE.findall(text)]


@pytest.fixture(scope="module")
def place(tmp_path_factory, sample):
    """A folder with the pictures the pages speak of."""
    folder = tmp_path_factory.mktemp("reader")
    write_pictures(folder, sample)
    return folder


@pytest.fixture(scope="module")
def shell(place, clean_environment):
    """Run a line in bash with the installed command, both streams together."""
    scripts = Path(sys.executable).parent
    environment = clean_environment | {"PATH": f"{scripts}:{clean_environment['PATH']}"}

    def run(line):
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=place,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def ended(shell):
    """All commands with what became of them, one after the other as a reader runs them."""
    return {command: shell(command) for command in dict.fromkeys(line for _, line, _ in SHOWN)}


@pytest.mark.parametrize(
    ("command", "printed"),
    [shown[1:] for shown in SHOWN],
    ids=[f"{page}: {command}" for page, command, _ in SHOWN],
)
def test_a_command_prints_what_a_page_shows(ended, command, printed):
    if "jq" in command and not shutil.which("jq"):
        pytest.skip("install jq")
    assert ended[command].returncode in ({0, 141} if "| head" in command else {0})
    received, expected = plain(command, ended[command].stdout), plain(command, printed)
    assert FIGURE.sub("FIGURE", received) == FIGURE.sub("FIGURE", expected)
    assert figures(received) == pytest.approx(figures(expected), rel=1e-3)


def test_the_package_is_installed_and_tested_by_one_line_each():
    first, tests = blocks("sh", README)
    assert first == "pip install .\n"
    assert tests == "pip install '.[test]' && pytest\n"


@pytest.mark.usefixtures("ended")
def test_the_python_examples_run(place, shell):
    # `test_deploy.py` runs those of the page on deployment.
    pages = [page for page in PAGES if page.stem != "deploy"]
    shown = blocks("python", *pages)
    programs = [block for block in shown if "seven.png" in block or "exam.pdf" in block]
    assert len(programs) == 3
    for number, program in enumerate(programs):
        (place / f"program_{number}.py").write_text(program)
        ended = shell(f"python program_{number}.py")
        assert ended.returncode == 0, ended.stdout
        assert ended.stdout.startswith("13 213 5436" if "exam.pdf" in program else "7")


def test_the_plugin_shown_is_the_one_that_is_tested():
    mlp = (EXAMPLE / "mnistkit_example" / "mlp.py").read_text(encoding="utf-8")
    assert mlp in blocks("python")
    shown = tomllib.loads("".join(blocks("toml")))["project"]["entry-points"]
    real = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"]
    assert shown.items() <= real.items()


def headings(text):
    """The anchors of a page's headings, as web sites make them."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_files_and_headings_that_a_page_links_to_are_there(page):
    for target, anchor in re.findall(r"\]\(([^)#:]*)#?([^):]*)\)", PAGES[page]):
        linked = (page.parent / target).resolve() if target else page
        assert linked.exists(), target
        if anchor:
            assert anchor in headings(PAGES[linked]), f"{target}#{anchor}"


def test_the_readme_is_short_and_links_to_every_page_of_the_guide():
    assert len(PAGES[README].splitlines()) <= MOST_LINES
    table = PAGES[README].partition("| question | page |")[2].partition("\n\n")[0]
    linked = re.findall(r"\[([\w-]+)\]\(mnistkit/guide/([\w-]+)\.md\)", table)
    assert sorted(linked) == [(topic, topic) for topic in guide.topics()]
