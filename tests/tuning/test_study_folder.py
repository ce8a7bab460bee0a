from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor

from optuna.trial import TrialState

from mnistkit.errors import OutputExistsError
from mnistkit.tuning import study_folder
from mnistkit.tuning.study import WITHDRAWN


def test_too_few_trials_are_told_rather_than_drawn(study, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    study.draw(study.claim(9, "a"))
    study.end(0, TrialState.COMPLETE, 0.5)
    study_folder.draw(study, tmp_path)
    assert "they need 2 finished trials" in caplog.text
    assert list(tmp_path.glob("*.png")) == []


def test_only_trials_that_differ_say_what_was_important(study, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    for number in range(2):
        study.draw(study.claim(9, "a"))
        study.end(number, TrialState.COMPLETE, 0.5)
    study_folder.draw(study, tmp_path)
    assert {path.name for path in tmp_path.glob("*.png")} == {"history.png", "parallel.png"}
    assert "no importance.png: " in caplog.text
    study.draw(study.claim(9, "a"))
    study.end(2, TrialState.COMPLETE, 0.6)
    study_folder.draw(study, tmp_path)
    assert (tmp_path / "importance.png").is_file()


def test_the_record_tells_how_every_trial_ended(study, tmp_path):
    for reason in (None, "failed: out of memory", WITHDRAWN):
        trial = study.claim(9, "host:1")
        tried = study.draw(trial)
        if reason:
            study.fail(trial.number, reason)
        else:
            trial.report(0.25, 1)
            trial.report(0.5, 2)
            study.end(0, TrialState.COMPLETE, 0.5)
    study.claim(9, "host:2")
    study_folder.write(study, "mnistkit train", tmp_path)
    recorded = json.loads((tmp_path / study_folder.RECORD_FILE).read_text())
    assert recorded["counts"] == {"complete": 1, "fail": 1, "withdrawn": 1, "running": 1}
    assert recorded["best"] == {
        "number": 0,
        "accuracy": 0.5,
        "parameters": study.space.first,
        "command": "mnistkit train",
    }
    first, failed, *_ = recorded["trials"]
    assert first["accuracies"] == [0.25, 0.5]
    assert failed["failure"] == "failed: out of memory"
    assert tried.keys() == failed["parameters"].keys()


def test_of_studies_that_begin_in_one_folder_at_once_one_gets_it(tmp_path):
    def begin(name):
        try:
            study_folder.make_folder(tmp_path / "new", name)
        except OutputExistsError:
            return None
        return name

    with ThreadPoolExecutor(8) as pool:
        (first,) = filter(None, pool.map(begin, "abcdefgh"))
    recorded = json.loads((tmp_path / "new" / study_folder.RECORD_FILE).read_text())
    assert recorded["study"] == first
    assert begin(first) == first
    assert [path.name for path in (tmp_path / "new").iterdir()] == [study_folder.RECORD_FILE]
