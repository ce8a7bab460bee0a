from __future__ import annotations

import math
import time

import pytest
from optuna.trial import TrialState

from mnistkit.errors import DivergedError, InterruptedRunError, StudyError
from mnistkit.tuning.runner import SAME_FAILURES, Runner, run

EPOCHS = 3


@pytest.fixture
def work(notes):
    """Run trials of a study until it has its total."""

    def run_them(study, objective, total, timeout=None):
        run(Runner(study, objective, EPOCHS, notes), total, timeout)

    return run_them


def learn(parameters, report):
    accuracy = 1 - abs(math.log10(parameters["learning_rate"]) + 2.5) / 10
    for epoch in range(1, EPOCHS + 1):
        report(epoch, accuracy * epoch / EPOCHS)
    return accuracy


def states(study):
    return [trial.state.name for trial in study.trials()]


def test_a_study_ends_with_its_total_and_a_larger_one_adds_to_it(study, join, work, notes):
    work(study, learn, 4)
    assert states(study) == ["COMPLETE"] * 4
    work(join(), learn, 4)
    assert len(study.trials()) == 4
    work(join(), learn, 6)
    assert states(study) == ["COMPLETE"] * 6
    assert list(notes.began_with) == list(range(6))
    assert notes.began_with[0] == study.space.first


def test_a_trial_that_promises_little_is_pruned_with_its_last_accuracy(join, work, notes):
    study = join("asha")
    accuracies = iter([0.9, 0.1])

    def objective(_parameters, report):
        accuracy = next(accuracies)
        for epoch in range(1, EPOCHS + 1):
            report(epoch, accuracy)
        return accuracy

    work(study, objective, 2)
    assert states(study) == ["COMPLETE", "PRUNED"]
    assert study.trials()[1].value == 0.1
    assert notes.how[1] == "pruned at epoch 1 of 3, 10.00%"


def test_another_trial_replaces_one_that_failed(study, work, notes):
    def objective(parameters, report):
        if len(notes.began_with) == 2:
            raise MemoryError("no room for\na tensor")
        return learn(parameters, report)

    work(study, objective, 3)
    assert states(study) == ["COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]
    assert notes.how[1] == "failed: MemoryError: no room for"


def test_trials_that_all_fail_alike_end_the_work_with_their_reason(study, work):
    def objective(_parameters, _report):
        raise DivergedError("the loss is no number any more")

    with pytest.raises(
        StudyError, match="the last 5 trials failed: the loss is no number any more"
    ):
        work(study, objective, 50)
    assert states(study) == ["FAIL"] * SAME_FAILURES
    # With the cause fixed, the same command continues.
    work(study, learn, 2)
    assert states(study)[SAME_FAILURES:] == ["COMPLETE"] * 2


def test_trials_that_fail_differently_do_not_end_the_work(study, work, notes):
    def objective(parameters, report):
        if len(notes.began_with) <= 2 * SAME_FAILURES:
            raise MemoryError(len(notes.began_with) % 2)
        return learn(parameters, report)

    work(study, objective, 1)
    assert states(study) == ["FAIL"] * 2 * SAME_FAILURES + ["COMPLETE"]


def test_ctrl_c_fails_the_trial_under_way_and_the_same_goes_on(study, work, notes):
    def objective(parameters, report):
        if len(notes.began_with) == 2:
            raise KeyboardInterrupt
        return learn(parameters, report)

    with pytest.raises(InterruptedRunError, match="1 of 3 trials finished; repeat the command"):
        work(study, objective, 3)
    assert states(study) == ["COMPLETE", "FAIL"]
    assert study.trials()[1].user_attrs["failure"] == "interrupted"
    work(study, learn, 3)
    assert states(study) == ["COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]


def test_a_trial_that_another_worker_ended_is_told_and_the_same_goes_on(study, join, work):
    other = join()

    def objective(parameters, report):
        other.inner.tell(0, state=TrialState.FAIL)
        return learn(parameters, report)

    with pytest.raises(StudyError, match=r"another worker ended trial 0, .*continue the study"):
        work(study, objective, 2)
    work(study, learn, 2)
    assert states(study) == ["FAIL", "COMPLETE", "COMPLETE"]


def test_no_trial_begins_after_the_time_is_up(study, work, notes):
    timeout = 0.2
    began = time.monotonic()

    def objective(parameters, report):
        while len(notes.began_with) == 2 and time.monotonic() < began + 2 * timeout:
            time.sleep(0.01)
        return learn(parameters, report)

    work(study, objective, 1000, timeout)
    assert states(study) in ([], ["COMPLETE"], ["COMPLETE"] * 2)


def test_a_storage_that_fails_ends_the_work(study, journal, work):
    def objective(parameters, report):
        journal.unlink()
        journal.mkdir()
        return learn(parameters, report)

    told = r"journal\.log to answer, received: .*is a folder, not a file"
    with pytest.raises(StudyError, match=told):
        work(study, objective, 3)


def test_a_storage_that_fails_for_a_moment_costs_a_trial(study, journal, work, notes):
    aside = journal.with_name("aside")

    def objective(parameters, report):
        if len(notes.began_with) == 1:
            journal.rename(aside)
            journal.mkdir()
            try:
                report(1, 0.5)
            finally:
                journal.rmdir()
                aside.rename(journal)
        return learn(parameters, report)

    work(study, objective, 2)
    assert states(study) == ["FAIL", "COMPLETE", "COMPLETE"]
    assert "Is a directory" in notes.how[0]


def test_a_closed_terminal_is_no_failure_of_the_storage(study, work, notes, monkeypatch):
    def closed(*_):
        raise BrokenPipeError

    monkeypatch.setattr(notes, "ended", closed)
    with pytest.raises(BrokenPipeError):
        work(study, learn, 3)
