"""What the README says is what happens.

Its console blocks are run in their order, as a user without a network would. Numbers differ
from machine to machine and are compared by their form alone.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
EXAMPLE = ROOT / "tests" / "example_plugin"


def blocks(language):
    return [content for kind, content in BLOCKS if kind == language]


def commands():
    """Every `$ command` of the console blocks with the output printed below it."""
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def form(text):
    """Text with every number, dot of the matrix and rule alike; without warnings."""
    kept = [line for line in text.splitlines() if not line.startswith("mnistkit: warning: ")]
    text = re.sub(r"[─-]{3,}", "---", "\n".join(kept)).replace("mnist-sample", "mnist")
    text = re.sub(r"(?<!\S)\.(?!\S)|\d[\d,.]*(e-?\d+)?%?", "N", text)
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def place(tmp_path_factory, sample):
    """A folder with the pictures the README speaks of."""
    folder = tmp_path_factory.mktemp("reader")
    sevens = [
        image
        for image, index in zip(sample.images, sample.class_indices, strict=True)
        if index == 7
    ]
    Image.fromarray(sevens[0]).save(folder / "seven.png")
    (folder / "digits").mkdir()
    for number, image in enumerate(sample.images[:3]):
        Image.fromarray(image).save(folder / "digits" / f"{number}.png")
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
def trained(shell):
    """The README's training, which the other commands need."""
    line = next(command for command, _ in commands() if command.startswith("mnistkit train"))
    return line, shell(line)


@pytest.mark.parametrize(
    ("command", "printed"), list(commands()), ids=[command for command, _ in commands()]
)
def test_a_command_prints_what_the_readme_shows(shell, trained, command, printed):
    if "jq" in command and not shutil.which("jq"):
        pytest.skip("install jq")
    line, ended = trained
    if command != line:
        ended = shell(command)
    assert ended.returncode in ({0, 141} if "| head" in command else {0}), ended.stdout
    assert form(ended.stdout) == form(printed)


def test_the_training_commands_are_the_ones_of_the_first_minute():
    first, tests = blocks("sh")
    assert first == "pip install . && mnistkit train --epochs 5\n"
    assert tests == "pip install '.[test]' && pytest\n"


@pytest.mark.usefixtures("trained")
def test_the_python_examples_run(place, shell):
    deployed, library = (block for block in blocks("python") if "seven.png" in block)
    (exported,) = place.glob("runs/*/model.onnx")
    shutil.copy(exported, place)
    for number, program in enumerate((deployed, library)):
        (place / f"program_{number}.py").write_text(program)
        ended = shell(f"python program_{number}.py")
        assert ended.returncode == 0, ended.stdout
        assert ended.stdout.startswith("7")


def test_the_plugin_shown_is_the_one_that_is_tested():
    mlp = (EXAMPLE / "mnistkit_example" / "mlp.py").read_text(encoding="utf-8")
    assert mlp in blocks("python")
    shown = tomllib.loads("".join(blocks("toml")))["project"]["entry-points"]
    real = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"]
    assert shown.items() <= real.items()


def test_the_files_the_readme_links_to_are_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
