"""`mnistkit plugins`."""

from __future__ import annotations

from dataclasses import asdict

from mnistkit import plugins as registry
from mnistkit.cli import options, output


def plugins(format: options.FormatOption = "text") -> None:
    """List what is installed, and whether it works.

    Every command, architecture, dataset and exporter, with the package it comes from.
    """
    found = list(registry.survey())
    if format == "json":
        output.document([asdict(plugin) for plugin in found])
        return
    output.table(
        ("kind", "name", "state", "distribution"),
        (
            (plugin.kind, plugin.name, plugin.state, f"{plugin.distribution} {plugin.version}")
            for plugin in found
        ),
        words=4,
    )
    for plugin in found:
        if plugin.reason:
            output.line(f"{plugin.kind} {plugin.name} is {plugin.state}: {plugin.reason}")
