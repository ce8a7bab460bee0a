"""What runs commands with faults, and the material that they work on."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from foreign import network
from injected import Injected, require_faults

from mnistkit.core.preprocessing.saving import save_picture

TRAINING = (
    "train --dataset mnist-sample --limit 60 --architecture tiny --batch-size 32 --epochs 2 "
    "--schedule constant --ema 0 --output"
)


@pytest.fixture(scope="session")
def injected(clean_environment):
    require_faults()
    # A socket's path is short, as the folders of tests need not be.
    with TemporaryDirectory() as folder:
        injected = Injected(Path(folder), clean_environment)
        with injected.forks:
            yield injected


@pytest.fixture(scope="session")
def material(injected, sample, tmp_path_factory):
    """Two runs, a model made elsewhere, and pictures, in a folder that nobody changes."""
    folder = tmp_path_factory.mktemp("material")
    injected.empty()
    for name in ("one", "two"):
        ended = injected.run(f"{TRAINING} {name} --seed {len(name)} --no-export")
        assert ended.code == 0, ended.said
        shutil.copytree(injected.work / name, folder / name)
    network().save(folder / "own.keras")
    (folder / "pictures").mkdir()
    for number, image in enumerate(sample.images[:12]):
        save_picture(255 - image, folder / "pictures", f"{number:02}.png", ".png")
    return folder


@pytest.fixture
def place(injected, material):
    """Put some of the material into the emptied folder of commands."""

    def put(*names):
        injected.empty()
        for name in names:
            source = material / name
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, injected.work / name)
        return injected

    return put
