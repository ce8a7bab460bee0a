from __future__ import annotations

import time

from optuna.trial import TrialState

from mnistkit.core.tuning.heartbeat import LOST, Heart, Pulse

PULSE = Pulse(seconds=0.05, looks=12)


def wait_until(happened):
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_trial_nobody_beats_for_is_given_up_and_one_with_a_heart_is_not(study, join, url, notes):
    living, looking = study, join()
    alive = living.claim(9, "living")
    dead = living.claim(9, "dead")
    with (
        Heart(living, url, Pulse(seconds=0.01, looks=1000), notes.lost) as heart,
        Heart(looking, url, PULSE, notes.lost),
    ):
        heart.beat_for(alive)
        wait_until(lambda: notes.gave_up)
        time.sleep(PULSE.seconds * PULSE.looks * 2)
    assert notes.gave_up == [dead.number]
    trials = study.trials()
    assert trials[alive.number].state == TrialState.RUNNING
    assert trials[dead.number].state == TrialState.FAIL
    assert trials[dead.number].user_attrs["failure"] == LOST


def test_a_heart_never_gives_up_its_own_trial(study, url, notes):
    with Heart(study, url, PULSE, notes.lost) as heart:
        trial = study.claim(9, "own")
        heart.beat_for(trial)
        wait_until(lambda: study.trials()[0].user_attrs["heartbeat"] > 10)
    assert notes.gave_up == []
