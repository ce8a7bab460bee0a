"""The packages and plugins that a run records."""

from __future__ import annotations

from importlib.metadata import version

from mnistkit.core.package_versions import package_versions
from mnistkit.training.provenance import used_plugins


def test_each_plugin_is_recorded_once_with_its_distribution_and_version():
    used = used_plugins(["cnn", "tiny"], ["mix:mnist+npz:/a", "npz:/a", "npz:/b"], export=True)
    assert [(plugin.kind, plugin.name, plugin.distribution) for plugin in used] == [
        ("architecture", "cnn", "mnistkit"),
        ("architecture", "tiny", "mnistkit"),
        ("dataset", "mix", "mnistkit"),
        ("dataset", "npz", "mnistkit"),
        ("exporter", "onnx", "mnistkit"),
    ]
    assert {plugin.version for plugin in used} == {version("mnistkit")}


def test_a_run_that_is_not_exported_uses_no_exporter():
    (only,) = used_plugins([], ["mnist"], export=False)
    assert only.kind == "dataset"


def test_the_versions_of_what_trains_and_serves_are_recorded():
    assert package_versions()["keras"] == version("keras")
