"""The tree drawn at the top of the errors is the tree that is raised."""

import inspect
import re

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
    classes = (value for _, value in inspect.getmembers(errors, inspect.isclass))
    return {value.__name__: value for value in classes if value.__module__ == errors.__name__}


def test_every_error_is_drawn():
    assert set(drawn_tree()) == set(defined_errors())


@pytest.mark.parametrize("name", sorted(set(defined_errors()) - {"MnistkitError"}))
def test_an_error_has_the_drawn_parent_and_exit_code(name):
    parent, code = drawn_tree()[name]
    assert [base.__name__ for base in defined_errors()[name].__bases__] == [parent]
    assert defined_errors()[name].exit_code == code
