"""Where TensorFlow's temporary files are, so that none outlives a command."""

import tempfile
from pathlib import Path

from mnistkit.core import lasting
from mnistkit.core.holding import TEMPORARY
from mnistkit.core.models import tensorflow


def test_a_command_s_temporary_files_go_with_it_or_with_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    # Of a command that was killed.
    (tmp_path / f"{TEMPORARY}0123456789abcdef" / "__pycache__").mkdir(parents=True)
    with lasting.command():
        tensorflow.import_keras()
        # Twice is as once.
        tensorflow.import_keras()
        (own,) = tmp_path.iterdir()
        assert Path(tempfile.gettempdir()) == own
        (own / "__autograph_generated_file.py").touch()
    assert list(tmp_path.iterdir()) == []
    assert tempfile.gettempdir() == str(tmp_path)


def test_a_program_of_others_keeps_its_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    tensorflow.import_keras()
    assert tempfile.gettempdir() == str(tmp_path)
