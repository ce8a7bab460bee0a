from __future__ import annotations

import optuna
import pytest
from optuna.trial import TrialState

from mnistkit.errors import StudyError, UsageError
from mnistkit.tuning.storage import open_storage
from mnistkit.tuning.study import LOST, failure, make_pruner, open_study


def test_the_first_trial_is_the_recipe_and_the_seed_decides_the_others(study, tmp_path):
    def tried(these):
        return [these.draw(these.inner.ask()) for _ in range(3)]

    url = f"journal:{tmp_path}/again.log"
    settings = study.inner.user_attrs["settings"]
    again = open_study(open_storage(url), url, "small", study.space, settings)

    first, second, third = tried(study)
    assert first == study.space.first
    assert second != third
    # As processes that end after each trial and are started again.
    assert tried(again) == [first, second, third]


def test_the_best_is_the_first_of_equals_that_was_trained_to_its_end(study, end_trial):
    for value in (0.5, 0.7, 0.7):
        end_trial(study, value)
    end_trial(study, 0.9, state=TrialState.PRUNED)
    assert (study.best().number, study.best().value) == (1, 0.7)
    assert study.finished() == 4


def test_no_trial_is_the_best_before_one_was_trained_to_its_end(study):
    study.inner.ask()
    assert study.best() is None


def test_only_a_trial_that_failed_has_a_reason(study, end_trial):
    end_trial(study, 0.5)
    end_trial(study, reason="failed: out of memory")
    end_trial(study)
    assert [failure(trial) for trial in study.trials()] == [None, "failed: out of memory", LOST]


@pytest.mark.usefixtures("study")
def test_joining_with_other_settings_is_refused(join):
    with pytest.raises(UsageError, match=r"limit None, as study 'small' has, received 60; repeat"):
        join(limit=60)


@pytest.mark.parametrize("directions", [["minimize"], ["maximize", "minimize"]])
def test_a_study_of_another_direction_is_refused(url, join, directions):
    optuna.create_study(storage=open_storage(url), study_name="small", directions=directions)
    with pytest.raises(StudyError, match="choose another --study"):
        join()


def test_a_study_with_trials_of_another_program_is_refused(url, join):
    made = optuna.create_study(storage=open_storage(url), study_name="small", direction="maximize")
    made.ask()
    with pytest.raises(StudyError, match="choose another --study"):
        join()


@pytest.mark.parametrize("name", ["asha", "hyperband"])
def test_a_trial_far_behind_is_pruned_before_its_end(name, join):
    study = join()
    study.inner.pruner = make_pruner(name, 9)

    def epochs_with(accuracy):
        trial = study.inner.ask()
        for epoch in range(1, 10):
            trial.report(accuracy, epoch)
            if epoch < 9 and trial.should_prune():
                return epoch
        study.inner.tell(trial, accuracy)
        return 9

    assert [epochs_with(0.9) for _ in range(6)].count(9) > 0
    assert min(epochs_with(0.1) for _ in range(6)) < 9
