"""One job on Ray, from its beginning to its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from mnistkit import errors
from mnistkit.__about__ import __version__
from mnistkit.errors import MissingError, MnistkitError
from mnistkit.prediction.on_ray.contents import groups_of
from mnistkit.prediction.on_ray.folder import AnswerFolder
from mnistkit.prediction.on_ray.parts import Division, Part
from mnistkit.prediction.on_ray.places import is_url
from mnistkit.prediction.on_ray.tables import Count, TableFormat, write
from mnistkit.prediction.on_ray.tasks import Answering, Task

# Of a core, below a whole one, so that a machine of one core has room for Ray's own tasks.
CPU_SHARE = 0.9
# Each takes this process some 10 ms, so a long list of parts is not one task each.
MOST_TASKS, TASKS_PER_CPU = 1000, 16


@dataclass(frozen=True)
class Job:
    """What workers are sent.

    Args:
        task: What is answered.
        division: How the sources are divided.
        output: Where the answers are written.
        folder: The folder that relative paths begin at.
    """

    task: Task
    division: Division
    output: AnswerFolder
    folder: str

    @property
    def settings(self) -> dict[str, Any]:
        """What the answers depend on beside their task."""
        return {
            "mnistkit": __version__,
            "--format": self.output.form,
            "--column": self.division.column,
        }


def job_of(task: Task, division: Division, output: str, form: TableFormat) -> Job:
    """Return the job of a command that runs in the current folder.

    Raises:
        UsageError: The output is a URL of no known kind.
    """
    place = output if is_url(output) else str(Path(output).absolute())
    return Job(task, division, AnswerFolder.at(place, form), str(Path.cwd()))


class Worker:
    """Answers for parts with a model that it opens once.

    Args:
        job: What it answers, and where it writes.
    """

    def __init__(self, job: Job) -> None:
        self._job = job

    @cached_property
    def _answering(self) -> Answering:
        self._job.output.check_shared()
        return self._job.task.open()

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Return the counts of each part of a batch, or the error that ends the job."""
        parts = [Part.from_json(part) for part in batch["part"]]
        try:
            counts = [self._write(part) for part in parts]
        except MnistkitError as error:
            return {"error": [type(error).__name__], "message": [str(error)]}
        return {
            "pictures": [count.pictures for count in counts],
            "errors": [count.errors for count in counts],
        }

    def _write(self, part: Part) -> Count:
        job = self._job
        groups = groups_of(part, job.division, job.folder)
        records = chain.from_iterable(map(self._answering, groups))
        schema = job.task.schema
        return job.output.write(
            part.name, lambda stream: write(records, stream, job.output.form, schema)
        )


def run(job: Job, parts: list[Part], cpus: int) -> Iterator[Count]:
    """Yield the count of each part as it is answered on Ray, to which this process is connected.

    Args:
        job: What to do.
        parts: Those that are not answered yet.
        cpus: How many workers to begin with.

    Raises:
        MnistkitError: A worker raised it.
        MissingError: Ray failed.
    """
    import ray

    tasks = min(len(parts), max(MOST_TASKS, TASKS_PER_CPU * cpus))
    dataset = ray.data.from_items(
        [{"part": part.to_json()} for part in parts], override_num_blocks=tasks
    ).map_batches(
        Worker,
        batch_size=1,
        fn_constructor_args=(job,),
        num_cpus=CPU_SHARE,
        compute=ray.data.ActorPoolStrategy(
            min_size=1, initial_size=min(cpus, len(parts)), max_tasks_in_flight_per_actor=2
        ),
    )
    try:
        for row in dataset.iter_rows():
            if "error" in row:
                raise getattr(errors, row["error"])(row["message"])
            yield Count(row["pictures"], row["errors"])
    except ray.exceptions.RayError as error:
        raise MissingError(_told(error)) from error


def _told(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (
        f"expected workers that answer, received a failure of Ray ({lines[-1]:.300}); check that "
        "each machine has the same mnistkit and enough memory, then repeat the command"
    )
