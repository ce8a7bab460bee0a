from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
from optuna.trial import TrialState

from mnistkit.errors import DivergedError, InterruptedRunError, StudyError
from mnistkit.tuning import worker
from mnistkit.tuning.heartbeat import Pulse
from mnistkit.tuning.storage import reaching
from mnistkit.tuning.worker import SAME_FAILURES, Plan, work

EPOCHS = 3


@pytest.fixture
def plan(url):
    def make(total, **options):
        return Plan(total, EPOCHS, url, pulse=Pulse(0.05, 5), **options)

    return make


def learn(parameters, report):
    accuracy = 1 - abs(math.log10(parameters["learning_rate"]) + 2.5) / 10
    for epoch in range(1, EPOCHS + 1):
        report(epoch, accuracy * epoch / EPOCHS)
    return accuracy


def states(study):
    return [trial.state.name for trial in study.trials()]


def test_a_study_ends_with_its_total_and_a_larger_one_adds_to_it(study, join, plan, notes):
    work(study, learn, plan(4), notes)
    assert states(study) == ["COMPLETE"] * 4
    work(join(), learn, plan(4), notes)
    assert len(study.trials()) == 4
    work(join(), learn, plan(6), notes)
    assert states(study) == ["COMPLETE"] * 6
    assert list(notes.began_with) == list(range(6))
    assert notes.began_with[0] == study.space.first


def test_a_trial_that_promises_little_is_pruned_with_its_last_accuracy(join, plan, notes):
    study = join("asha")
    accuracies = iter([0.9, 0.1])

    def objective(_parameters, report):
        accuracy = next(accuracies)
        for epoch in range(1, EPOCHS + 1):
            report(epoch, accuracy)
        return accuracy

    work(study, objective, plan(2), notes)
    assert states(study) == ["COMPLETE", "PRUNED"]
    assert study.trials()[1].value == 0.1
    assert notes.how[1] == "pruned at epoch 1 of 3, 10.00%"


def test_a_training_that_fails_is_made_up_for(study, plan, notes):
    def objective(parameters, report):
        if len(notes.began_with) == 2:
            raise MemoryError("no room for\na tensor")
        return learn(parameters, report)

    work(study, objective, plan(3), notes)
    assert states(study) == ["COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]
    assert notes.how[1] == "failed: MemoryError: no room for"


def test_trials_that_all_fail_alike_end_the_work_with_their_reason(study, plan, notes):
    def objective(_parameters, _report):
        raise DivergedError("the loss is not a number any more")

    with pytest.raises(StudyError, match="5 trials in a row failed: the loss is not a number"):
        work(study, objective, plan(50), notes)
    assert states(study) == ["FAIL"] * SAME_FAILURES
    # Mended, the same command goes on.
    work(study, learn, plan(2), notes)
    assert states(study)[SAME_FAILURES:] == ["COMPLETE"] * 2


def test_ctrl_c_fails_the_trial_under_way_and_the_same_goes_on(study, plan, notes):
    def objective(parameters, report):
        if len(notes.began_with) == 2:
            raise KeyboardInterrupt
        return learn(parameters, report)

    with pytest.raises(InterruptedRunError, match="1 of 3 trials finished; the same command"):
        work(study, objective, plan(3), notes)
    assert states(study) == ["COMPLETE", "FAIL"]
    assert study.trials()[1].user_attrs["failure"] == "interrupted"
    work(study, learn, plan(3), notes)
    assert states(study) == ["COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]


def test_a_trial_that_was_given_up_meanwhile_counts_once(study, join, plan, notes):
    other = join()

    def objective(parameters, report):
        if len(notes.began_with) == 1:
            other.fail(0, "lost")
        return learn(parameters, report)

    work(study, objective, plan(2), notes)
    assert states(study) == ["FAIL", "COMPLETE", "COMPLETE"]
    assert "given up by another worker" in notes.how[0]


def test_a_worker_waits_for_the_last_trials_of_others(study, join, plan, notes):
    join().claim(1, "another, which is gone")
    work(study, learn, plan(1), notes)
    assert notes.waited == [1]
    assert notes.gave_up == [0]
    assert states(study) == ["FAIL", "COMPLETE"]


def test_no_trial_begins_after_the_time_is_up(study, plan, notes, monkeypatch):
    now = 0.0
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=lambda: now))

    def objective(parameters, report):
        nonlocal now
        now += 10
        return learn(parameters, report)

    work(study, objective, plan(1000, timeout=25), notes)
    assert states(study) == ["COMPLETE"] * 3


def test_a_storage_that_fails_ends_the_work_and_is_no_failed_trial(study, url, plan, notes):
    def objective(_parameters, _report):
        with reaching(url):
            raise ConnectionResetError("gone")

    with pytest.raises(StudyError, match=r"journal\.log to answer, received: gone"):
        work(study, objective, plan(3), notes)
    assert study.trials(TrialState.FAIL) == []
