from __future__ import annotations

import time
from dataclasses import dataclass, fields

from optuna.trial import TrialState

from mnistkit.tuning.heartbeat import LOST, Heart, Pulse
from mnistkit.tuning.study import Study

LOOKS = 12
PULSE = Pulse(seconds=0.01, looks=LOOKS)


def wait_until(happened):
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.01)


@dataclass(frozen=True)
class Looked(Study):
    """A study where something happens before each look: no other thread has to keep up."""

    before: object

    def trials(self, *states):
        self.before()
        return super().trials(*states)


def looked_at(study, before):
    return Looked(**{part.name: getattr(study, part.name) for part in fields(study)}, before=before)


def test_a_trial_nobody_beats_for_is_given_up_and_one_with_a_heart_is_not(study, join, url, notes):
    living = join()
    alive, dead = living.claim(9, "living"), living.claim(9, "dead")
    # It beats when it is told to.
    heart = Heart(living, url, PULSE, notes.lost)
    beats = []

    def beat():
        beats.append(alive.number)
        heart.beat_for(alive)

    with Heart(looked_at(join(), beat), url, PULSE, notes.lost):
        wait_until(lambda: notes.gave_up)
        # The first look only sees where the heart stands.
        assert len(beats) >= LOOKS + 1
        wait_until(lambda: len(beats) > 3 * LOOKS)
    assert notes.gave_up == [dead.number]
    trials = study.trials()
    assert trials[alive.number].state == TrialState.RUNNING
    assert trials[dead.number].state == TrialState.FAIL
    assert trials[dead.number].user_attrs["failure"] == LOST


def test_a_heart_beats_and_never_gives_up_its_own_trial(study, url, notes):
    heart = Heart(study, url, Pulse(seconds=0.01, looks=1), notes.lost)
    heart.beat_for(study.claim(9, "own"))
    with heart:
        wait_until(lambda: study.trials()[0].user_attrs["heartbeat"] > 10)
    assert notes.gave_up == []
    assert study.trials()[0].state == TrialState.RUNNING
