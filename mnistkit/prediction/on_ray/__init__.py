"""Answering for pictures on the machines of a Ray cluster.

| module   | what                                                                    |
|----------|-------------------------------------------------------------------------|
| places   | files and folders by path or URL                                        |
| parts    | the sources, listed and divided into parts, one for each file of answers |
| contents | the pictures of a part: files, rows of Parquet, members of a tar        |
| tables   | writing records as Parquet or JSON lines                                |
| folder   | the folder of the answers, and the bookkeeping beside it                |
| cluster  | connecting to Ray, or starting it on this machine                       |
| job      | one job from its beginning to its end                                   |
| shipping | a model's files, for machines that do not have them                     |
| tasks    | the task of `predict`                                                   |

All modules but this one and `shipping` import pyarrow or Ray, which are optional dependencies.
"""

from __future__ import annotations

from mnistkit.core.packages import require_extra

NEEDED = {"Ray": "ray", "pyarrow": "pyarrow", "pandas": "pandas", "psutil": "psutil"}
"""The modules of what `.[ray]` installs, by their names."""


def require_ray() -> None:
    """Raise `MissingError` with the command that installs what is missing, if anything is."""
    require_extra("--ray", "ray", NEEDED)
