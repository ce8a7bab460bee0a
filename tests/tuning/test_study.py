from __future__ import annotations

import optuna
import pytest
from optuna.trial import TrialState

from mnistkit.errors import StudyError, UsageError
from mnistkit.tuning import study as studies
from mnistkit.tuning.storage import open_storage
from mnistkit.tuning.study import WITHDRAWN


def states(study):
    return [trial.state for trial in study.trials()]


def test_no_place_is_taken_beyond_the_total(study, join):
    other = join()
    assert [study.claim(3, "a").number, other.claim(3, "b").number] == [0, 1]
    study.end(0, TrialState.PRUNED, 0.5)
    assert study.claim(3, "a").number == 2
    assert other.claim(3, "b") is None
    assert len(study.trials()) == 3


def test_a_trial_that_failed_gives_its_place_back(study):
    study.claim(1, "a")
    study.fail(0, "for a reason")
    assert study.claim(1, "a").number == 1
    assert study.trials()[0].user_attrs["failure"] == "for a reason"


def test_of_two_that_take_the_last_place_at_once_one_withdraws(study, join, monkeypatch):
    ask, other = study.inner.ask, join()

    def ask_after_another():
        assert other.claim(1, "b").number == 0
        return ask()

    monkeypatch.setattr(study.inner, "ask", ask_after_another)
    assert study.claim(1, "a") is None
    assert states(study) == [TrialState.RUNNING, TrialState.FAIL]
    assert study.trials()[1].user_attrs["failure"] == WITHDRAWN


def test_the_first_trial_is_the_recipe_and_the_seed_decides_the_others(study, tmp_path):
    tried = [study.draw(study.claim(20, "a")) for _ in range(3)]
    again = studies.open_study(
        open_storage(f"journal:{tmp_path}/again.log"),
        "small",
        studies.Purpose({}, study.space, 0, study.inner.pruner),
    )
    # A process that ends after each trial, and is started again.
    repeated = [again.draw(again.claim(20, "b")) for _ in range(3)]
    assert tried[0] == study.space.first
    assert tried == repeated
    assert tried[1] != tried[2]


def test_the_best_is_the_first_of_equals_that_learned_to_its_end(study):
    for number, value in enumerate([0.5, 0.7, 0.7, 0.9]):
        study.draw(study.claim(9, "a"))
        state = TrialState.PRUNED if value == 0.9 else TrialState.COMPLETE
        study.end(number, state, value)
    assert (study.best().number, study.best().accuracy) == (1, 0.7)


def test_no_trial_is_the_best_before_one_learned_to_its_end(study):
    study.claim(9, "a")
    assert study.best() is None


@pytest.mark.usefixtures("study")
def test_joining_with_other_settings_is_refused(join):
    with pytest.raises(UsageError, match=r"the limit None of study 'small', received 60; repeat"):
        join(limit=60)


def test_a_study_that_was_made_elsewhere_is_refused(url, join, monkeypatch):
    monkeypatch.setattr(studies, "FOUNDING_SECONDS", 0.1)
    optuna.create_study(storage=open_storage(url), study_name="small")
    with pytest.raises(StudyError, match="choose another --study"):
        join()


@pytest.mark.parametrize("name", ["asha", "hyperband"])
def test_a_trial_far_behind_is_pruned_before_its_end(name, join):
    study = join()
    study.inner.pruner = studies.make_pruner(name, 9)

    def learned(accuracy):
        trial = study.claim(99, "a")
        for epoch in range(1, 10):
            trial.report(accuracy, epoch)
            if epoch < 9 and trial.should_prune():
                return epoch
        study.end(trial.number, TrialState.COMPLETE, accuracy)
        return 9

    assert [learned(0.9) for _ in range(6)].count(9) > 0
    assert min(learned(0.1) for _ in range(6)) < 9
