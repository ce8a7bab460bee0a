"""A tracker: a line of text for each epoch."""

from mnistkit.contracts import Tracker

FILE = "progress.log"


class Log:
    """Writes the epochs of one run; a resumed run's log is written anew from its history."""

    def __init__(self, run):
        self.facts = {"file": FILE}
        self.path = run.path / FILE
        self.path.write_text("")
        for number, measures in enumerate(run.history, 1):
            self.epoch(number, measures)

    def epoch(self, number, measures):
        """Write the line of an epoch."""
        self.write(f"epoch {number}", measures)

    def end(self, outcome, _epochs, metrics):
        """Write how it ended."""
        self.write(outcome, metrics)

    def write(self, what, measures):
        """Write a line."""
        told = [f"{name} {value:.4f}" for name, value in measures.items()]
        with self.path.open("a") as file:
            print(what, *told, file=file)


TRACKER = Tracker(summary="a line of text for each epoch", open=Log)
