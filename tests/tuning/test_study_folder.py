from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor

from optuna.trial import TrialState

from mnistkit.errors import OutputExistsError
from mnistkit.reporting import trials
from mnistkit.tuning import study_folder


def command(parameters):
    return f"mnistkit train --learning-rate {parameters['learning_rate']}"


def test_too_few_trials_are_told_rather_than_drawn(study, end_trial, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    end_trial(study, 0.5)
    study_folder.draw(study, tmp_path)
    assert "they need 2 trials" in caplog.text
    assert list(tmp_path.glob("*.png")) == []


def test_only_trials_that_differ_say_what_was_important(study, end_trial, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    for _ in range(2):
        end_trial(study, 0.5)
    study_folder.draw(study, tmp_path)
    assert {path.name for path in tmp_path.glob("*.png")} == {"history.png", "parallel.png"}
    assert "no importance.png yet: " in caplog.text
    end_trial(study, 0.6)
    study_folder.draw(study, tmp_path)
    assert (tmp_path / "importance.png").is_file()


def test_a_pruned_trial_is_drawn_at_its_last_accuracy(study, end_trial, tmp_path, monkeypatch):
    end_trial(study, 0.5)
    end_trial(study, 0.25, state=TrialState.PRUNED)
    end_trial(study, 0.75)
    drawn = []
    monkeypatch.setattr(trials, "save_figure", lambda figure, path: drawn.append((figure, path)))
    study_folder.draw(study, tmp_path)
    axes = {path.name: figure.axes[0] for figure, path in drawn}["history.png"]
    assert axes.get_title(loc="left") == "study small: 3 trials, 1 of them pruned"
    complete, pruned, best = axes.lines
    assert complete.get_xydata().tolist() == [[0, 0.5], [2, 0.75]]
    assert pruned.get_xydata().tolist() == [[1, 0.25]]
    assert best.get_ydata().tolist() == [0.5, 0.75]


def test_the_record_tells_how_every_trial_ended(study, end_trial, tmp_path):
    end_trial(study, 0.5)
    failed = end_trial(study, reason="failed: out of memory")
    study.inner.ask()
    study_folder.write(study, command, tmp_path)
    recorded = json.loads((tmp_path / study_folder.RECORD_FILE).read_text())
    assert recorded["counts"] == {"complete": 1, "fail": 1, "running": 1}
    assert recorded["best"] == {
        "number": 0,
        "accuracy": 0.5,
        "parameters": study.space.first,
        "command": "mnistkit train --learning-rate 0.001",
    }
    rows = recorded["trials"]
    assert rows[0]["accuracies"] == [0.5]
    assert [row["failure"] for row in rows] == [None, "failed: out of memory", None]
    assert rows[1]["parameters"].keys() == failed.params.keys()


def test_what_another_worker_finds_while_this_one_writes_is_written(
    study, join, end_trial, tmp_path
):
    end_trial(study, 0.5)

    def command_while_another_ends(parameters):
        if study.finished() == 1:
            end_trial(join(), 0.75)
        return command(parameters)

    study_folder.write(study, command_while_another_ends, tmp_path)
    best = json.loads((tmp_path / study_folder.RECORD_FILE).read_text())["best"]
    assert best["accuracy"] == 0.75
    assert (tmp_path / study_folder.COMMAND_FILE).read_text() == f"{best['command']}\n"


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
