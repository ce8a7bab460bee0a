"""Fuzz a running server by its own description in OpenAPI: no defect, and answers as described.

Options are those of `schemathesis run`, such as `--max-examples 20` or `--phases coverage`.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.append(str(Path(__file__).parents[1]))

from served import serving

# Bytes at random are a valid form, but no picture.
LEFT_OUT = "positive_data_acceptance"
# Seconds: other processes may have all cores.
PATIENCE = "120"


def main(words: list[str]) -> int:
    """Start a server that collects, and fuzz it; return the exit code of schemathesis."""
    if find_spec("schemathesis") is None:
        sys.exit("expected schemathesis, received none; pip install '.[fuzz]'")
    with TemporaryDirectory() as folder:
        options = {"cwd": folder, "stderr": subprocess.DEVNULL}
        with serving("--model", "bundled", "--collect", "digits", **options) as server:
            document = f"{server.url}/openapi.json"
            command = [sys.executable, "-m", "schemathesis.cli", "run", document]
            told = ("--exclude-checks", LEFT_OUT, "--request-timeout", PATIENCE)
            return subprocess.run(
                [*command, *told, "--continue-on-failure", *words], check=False, cwd=folder
            ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
