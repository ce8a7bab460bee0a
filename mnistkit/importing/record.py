"""The record of an import, and the command that repeats it."""

from __future__ import annotations

import shlex
from typing import Any

from mnistkit.core.models import keras_classifier, run_folder
from mnistkit.core.models.pixel_form import IMPORTED, ImportFacts
from mnistkit.core.models.record import ImportRecord, TrainingData
from mnistkit.core.models.training_settings import ModelSettings
from mnistkit.core.package_versions import package_versions
from mnistkit.datasets.places import Place
from mnistkit.importing.source import ImportRequest, Source
from mnistkit.training.provenance import used_plugins


def record_of(
    request: ImportRequest, source: Source, facts: ImportFacts, model: Any
) -> ImportRecord:
    """Return the record of an import that is not measured yet."""
    test, measured = source.test, request.dataset is not None
    preparation = (
        test.dataset.preparation if measured else Place("").preparation_for(source.class_names)
    )
    now = run_folder.now()
    return ImportRecord(
        status=run_folder.FINISHED,
        created=now,
        updated=now,
        command_line=request.command_line,
        command=_command(request, facts, test.name),
        settings=ModelSettings(IMPORTED, test.name if measured else None, request.export),
        imported=facts,
        # What it was trained on is not known.
        learned_from=(),
        dataset=TrainingData(source.class_names, preparation, None),
        plugins=used_plugins(
            [], (test.name, *test.dataset.parts) if measured else (), export=request.export
        ),
        packages=package_versions(),
        layers=keras_classifier.layer_table(model),
        history=(),
        metrics=None,
    )


def _command(request: ImportRequest, facts: ImportFacts, dataset: str) -> str:
    """Return the command that imports the file again, from any folder, in the same form."""
    classes = ["--classes", ",".join(request.classes)] if request.classes else []
    # With `=`, as -1-1 looks like an option.
    form = [f"--pixels={facts.pixels.range}", f"--ink={facts.pixels.ink}"]
    fit = [] if facts.pixels.fit == "none" else [f"--fit={facts.pixels.fit}"]
    measured = ["--dataset", dataset] if request.dataset else []
    export = [] if request.export else ["--no-export"]
    words = (*classes, *form, *fit, *measured, *export)
    return shlex.join(["mnistkit", "import", facts.file, *words])
