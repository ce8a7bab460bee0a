"""onnxruntime-web's files and node, which tests of exported pages need."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

VARIABLE = "ONNXRUNTIME_WEB"


def find_web_runtime() -> Path:
    """Return the folder of onnxruntime-web's files; skip the test without it or node."""
    folder = Path(os.environ.get(VARIABLE, "node_modules/onnxruntime-web/dist"))
    if not folder.is_dir():
        pytest.skip(
            f"needs onnxruntime-web: npm install it, and name its dist folder in {VARIABLE}"
        )
    if shutil.which("node") is None:
        pytest.skip("needs Node.js 18 or later: apt-get install nodejs")
    return folder.resolve()
