"""Which graphs of a SavedModel may run: those that only calculate.

A SavedModel is a program. TensorFlow runs any operator in it, those that write files too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

OBJECTS = (
    "bare_concrete_function",
    "captured_tensor",
    "constant",
    "function",
    "user_object",
    "variable",
)
"""What is only held. Resources run functions when they are loaded."""

CALCULATING = (
    "array",
    "bitwise",
    "control_flow",
    "functional",
    "image",
    "linalg",
    "list",
    "math",
    "nn",
    "random",
    "resource_variable",
    "special_math",
    "spectral",
    "stateful_random",
    "stateless_random",
)
"""The groups of TensorFlow's operators that calculate on tensors and do nothing else."""

ACTING = {"Abort", "ImmutableConst", "RemoteCall"}
"""Operators of these groups that end the process, read a file or run elsewhere."""


def flaw(saved: Any) -> str | None:
    """Return why a SavedModel, as its protocol buffer, must not be loaded, or None."""
    graphs = saved.meta_graphs
    # TensorFlow runs a graph of its first version while it loads it.
    if len(graphs) != 1 or not graphs[0].HasField("object_graph_def"):
        return "expected one graph of TensorFlow 2"
    objects = graphs[0].object_graph_def
    for node in objects.nodes:
        kind = node.WhichOneof("kind")
        if kind not in OBJECTS or node.saveable_objects or node.registered_saver:
            return f"expected variables and functions, received {kind} with functions of its own"
    functions = {each.signature.name: each for each in graphs[0].graph_def.library.function}
    allowed = set(_calculating())
    for operator in _operators(functions, objects.concrete_functions):
        if operator not in allowed and operator not in functions:
            return f"expected operators that only calculate, received {operator}"
    return None


def _operators(functions: dict[str, Any], roots: Iterable[str]) -> Iterator[str]:
    """Yield the operators of functions, and of all that these may call.

    The functions that save and restore are called by none of them.
    """
    waiting, seen = [*roots], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        for node in functions[name].node_def:
            yield node.op
            waiting.append(node.op)
            for value in node.attr.values():
                waiting += [value.func.name, *(each.name for each in value.list.func)]


def _calculating() -> Iterator[str]:
    yield "Assert"
    for group in CALCULATING:
        module = import_module(f"tensorflow.python.ops.gen_{group}_ops")
        yield from (name for name in vars(module) if name[0].isupper() and name not in ACTING)
