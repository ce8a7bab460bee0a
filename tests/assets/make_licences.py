"""Write the licences of the installed packages into the guide's page of licences.

    python tests/assets/make_licences.py

Needs an environment with all extras but that of the tests; packages that are missing are left out.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "mnistkit" / "guide" / "licences.md"
END = "`python tests/assets/make_licences.py` writes this section.\n"
UNSTATED = "not stated"
# Of the short names in classifiers and free texts, those that SPDX has others for.
SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "BSD License": "BSD",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0, for the libraries in it",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


def licence(name: str) -> str:
    """The licence that a package's metadata states."""
    metadata = distribution(name).metadata
    if expression := metadata.get("License-Expression"):
        return expression
    classifiers = [
        each.rpartition(" :: ")[2]
        for each in metadata.get_all("Classifier", [])
        if each.startswith("License :: ") and not each.endswith(":: OSI Approved")
    ]
    free = (metadata.get("License") or UNSTATED).splitlines()[:1]
    return " AND ".join(sorted(SPDX.get(each, each) for each in classifiers or free))


def needed(requirements: Iterable[Requirement]) -> Iterator[str]:
    """The installed packages that requirements come to, as `pip install` finds them."""
    waiting, known = list(requirements), set()
    while waiting:
        requirement = waiting.pop()
        key = canonicalize_name(requirement.name), frozenset(requirement.extras)
        extras = {"", *requirement.extras}
        marker = requirement.marker
        if key in known or not (marker is None or marker.evaluate()):
            continue
        known.add(key)
        try:
            found = distribution(requirement.name)
        except PackageNotFoundError:
            continue
        yield key[0]
        for text in found.requires or ():
            one = Requirement(text)
            if one.marker is None or any(one.marker.evaluate({"extra": e}) for e in extras):
                one.marker = None
                waiting.append(one)


def requirements() -> tuple[list[Requirement], list[Requirement]]:
    """What mnistkit requires, and what its extras add for users."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = dict(project["optional-dependencies"])
    del extras["test"]
    return (
        [Requirement(text) for text in project["dependencies"]],
        [Requirement(text) for texts in extras.values() for text in texts],
    )


def table(names: Iterable[str]) -> str:
    """A table of licences, those of most packages first."""
    by_licence = defaultdict(list)
    for name in sorted(set(names)):
        by_licence[licence(name)].append(name)
    rows = sorted(by_licence.items(), key=lambda row: (-len(row[1]), row[0]))
    head = "| licence | packages |\n| --- | --- |\n"
    return head + "".join(f"| {stated} | {', '.join(found)} |\n" for stated, found in rows)


def section() -> str:
    """The tables of the page."""
    always, optional = map(set, map(needed, requirements()))
    return (
        f"`pip install .` installs these:\n\n{table(always)}\n"
        f"The extras add these:\n\n{table(optional - always)}"
    )


def main() -> None:
    """Replace the section on the page."""
    text = PAGE.read_text(encoding="utf-8")
    kept = text[: text.index(END) + len(END)]
    PAGE.write_text(f"{kept}\n{section()}", encoding="utf-8")


if __name__ == "__main__":
    main()
