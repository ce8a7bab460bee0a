"""The folders' order: imports point down the list, and no two modules need each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "mnistkit"

# From what commands are made of down to what knows nothing of the rest. What stands in one
# line does not import its neighbours. `__init__` is lazy, and exempt.
ORDER = (
    ("__main__",),
    ("cli",),
    ("serving", "tuning", "ensembles", "importing"),
    ("training",),
    ("reading",),
    ("reporting",),
    ("exporting", "evaluation"),
    ("prediction",),
    ("architectures", "datasets", "exporters", "trackers"),
    ("contracts",),
    ("data",),
    ("plugins",),
    ("plugin_types",),
    ("fetching",),
    ("core",),
    ("errors",),
    ("assets", "guide", "__about__"),
)
RANKS = {name: rank for rank, names in enumerate(ORDER) for name in names}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in PACKAGE.rglob("*.py")}


def imported(source: str) -> Iterator[str]:
    """The modules of this package that a module's text imports, at whatever depth."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in FILES)
        elif isinstance(node, ast.ImportFrom) and node.module in FILES:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in FILES else node.module


IMPORTS = {
    name: {other for other in imported(path.read_text(encoding="utf-8")) if other != name}
    for name, path in FILES.items()
    if name != "mnistkit"
}


def place(module: str) -> str:
    """The folder or file below the package that a module stands in."""
    return module.split(".")[1]


def test_every_place_has_its_line_in_the_order():
    assert {place(module) for module in IMPORTS} <= RANKS.keys()


@pytest.mark.parametrize("module", IMPORTS)
def test_imports_point_down(module):
    upward = {
        other
        for other in IMPORTS[module] - {"mnistkit"}
        if place(other) != place(module) and RANKS[place(other)] <= RANKS[place(module)]
    }

    assert not upward


def test_no_module_needs_itself_by_way_of_others():
    try:
        TopologicalSorter(IMPORTS).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_nothing_but_the_tests_of_a_reader_imports_the_package_itself():
    # `from mnistkit import plugins` names a module of its own; the lazy attributes are for users.
    assert not [module for module in IMPORTS if "mnistkit" in IMPORTS[module]]


def test_an_import_below_a_function_and_one_for_types_alone_are_seen():
    source = (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from mnistkit.errors import UsageError\n"
        "def late():\n    from mnistkit import plugins\n"
    )

    assert set(imported(source)) == {"mnistkit.errors", "mnistkit.plugins"}
