"""The tree drawn at the top of the errors is the tree that is raised."""

import errno
import importlib
import os
import re
import socket
from pathlib import Path

import pytest

from mnistkit import errors

BRANCH = re.compile(
    r"^(?P<indent>[│├└─ ]*)(?P<name>\w+Error)(?: +(?P<code>\d+))?(?:  |$)", re.MULTILINE
)


def drawn_tree():
    """The parent and the exit code of each class, as the docstring draws them."""
    tree, line_of_descent = {}, []
    for branch in BRANCH.finditer(errors.__doc__):
        depth = len(branch["indent"]) // 4
        line_of_descent[depth:] = [branch["name"]]
        parent = line_of_descent[depth - 1] if depth else None
        inherited = tree[parent][1] if parent else None
        tree[branch["name"]] = (parent, int(branch["code"]) if branch["code"] else inherited)
    return tree


def defined_errors():
    # One is defined where it is raised.
    importlib.import_module("mnistkit.exporting.parity")
    found, waiting = {}, [errors.MnistkitError]
    while waiting:
        known = waiting.pop()
        waiting += known.__subclasses__()
        # Tests of plugins may define others.
        if known.__module__.startswith("mnistkit."):
            found[known.__name__] = known
    return found


def test_every_error_is_drawn():
    assert set(drawn_tree()) == set(defined_errors())


@pytest.mark.parametrize("name", sorted(set(defined_errors()) - {"MnistkitError"}))
def test_an_error_has_the_drawn_parent_and_exit_code(name):
    parent, code = drawn_tree()[name]
    assert [base.__name__ for base in defined_errors()[name].__bases__] == [parent]
    assert defined_errors()[name].exit_code == code


def make_places(folder):
    (folder / "folder").mkdir()
    (folder / "file").touch()
    (folder / "circle").symlink_to("circle")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))


UNREADABLE = {
    "absent": "no such file",
    "file/below": "no such file",
    "folder": "is a folder, not a file",
    "circle": "its symbolic links lead in a circle",
    "socket": "is a socket or a device, not a file",
    "x" * 300: "the name is too long",
    "nul\0inside": "a path can't hold a NUL character",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_can_not_be_read_is_told_in_plain_words(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    make_places(Path())
    with pytest.raises((OSError, ValueError)) as raised:
        Path(name).read_bytes()
    assert errors.reason_of(raised.value) == UNREADABLE[name]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("absent", "no such folder"), ("file", "there is a file where a folder is needed")],
)
def test_a_folder_that_can_not_be_read_is_told_in_plain_words(tmp_path, monkeypatch, name, reason):
    monkeypatch.chdir(tmp_path)
    make_places(Path())
    with pytest.raises(OSError, match=name) as raised:
        list(Path(name).iterdir())
    assert errors.reason_of(raised.value, folder=True) == reason


# What no test can bring about on every machine.
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EACCES, "no permission"),
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EPIPE, "broken pipe"),
    ],
)
def test_a_refusal_of_the_system_is_told_in_plain_words(number, reason):
    error = OSError(number, os.strerror(number), "seven.png")
    assert errors.reason_of(error) == reason


def test_an_error_without_a_number_says_what_it_says():
    assert errors.reason_of(OSError("Not a gzipped file")) == "Not a gzipped file"
