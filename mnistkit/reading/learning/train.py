"""Training a page reader in a folder; the same request resumes an interrupted training."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from mnistkit.__about__ import __version__
from mnistkit.core.claims import claim_folder
from mnistkit.core.files import sha256
from mnistkit.core.models.reader_card import Measures, ReaderCard, ReaderSettings
from mnistkit.core.packages import KERAS, ONNX, PLOTS, require
from mnistkit.data.loading import LabelledImages, load_split
from mnistkit.errors import InterruptedRunError, UsageError
from mnistkit.fetching.store import Store
from mnistkit.reading.detection import decode, padded
from mnistkit.reading.learning.batches import Plan, made_batches
from mnistkit.reading.learning.export import export_reader
from mnistkit.reading.learning.folder import STATE_FILE, Folder, find_folder, open_folder
from mnistkit.reading.learning.ingredients import Ingredients, divided
from mnistkit.reading.learning.learner import answering, begin_with, new_learner, restore
from mnistkit.reading.learning.made_page import KINDS, MadePage
from mnistkit.reading.learning.measuring import as_read, measure
from mnistkit.reading.learning.record import Row
from mnistkit.reading.learning.settings import SIDE, Request
from mnistkit.reading.learning.training import Listener, Training, learn

logger = logging.getLogger(__name__)

WEAKNESSES = (
    "Digits that overlap others by half their width or more.",
    "Sevens with a flag and ones with a foot and a flag, which look alike.",
    "Letters that have a digit's shape, such as O, l, S and B, away from other letters.",
    "Digits that are more than twice as high as others near them.",
)


def train_reader(request: Request, store: Store, listener: Listener) -> Folder:
    """Train a page reader, or resume its training, and export it; a finished one stays as it is.

    Raises:
        UsageError: The folder holds a training with other settings, or something else.
        InterruptedRunError: Ctrl-C; the same request resumes.
        VerificationError: The exported reader does not equal the trained one.
        MnistkitError: Something needed is invalid or missing.
    """
    _check_named(request)
    require("mnistkit train-reader", (*KERAS, *ONNX, *PLOTS))
    with claim_folder(request.output):
        # Before the digits are loaded, which may have to be fetched.
        find_folder(request.output)
        digits = load_split(None, "train", store)
        learned, kept = divided(digits.images, digits.class_indices, request.fonts)
        settings = _settings(request, digits, learned)
        work = _Work(request, settings, open_folder(request.output, settings), listener)
        if _is_finished(work):
            logger.info("%s is finished: all %d steps are done", request.output, request.steps)
            return work.folder
        training = _training(work, kept)
        _learn(work, training, learned)
        _export(work, training, kept)
    return work.folder


@dataclass(frozen=True)
class _Work:
    """A training's request, settings, folder and listener."""

    request: Request
    settings: ReaderSettings
    folder: Folder
    listener: Listener


def _check_named(request: Request) -> None:
    """Raise `UsageError` for folders of typefaces or a first training that are not there."""
    for folder in request.fonts:
        if not folder.is_dir():
            raise UsageError(
                f"expected a folder with typefaces, received {folder}; name an existing one"
            )
    if request.init and not (request.init / STATE_FILE).is_file():
        raise UsageError(
            f"expected --init to name the folder of such a training, received {request.init}, "
            f"which has no {STATE_FILE}; name another one"
        )


def _is_finished(work: _Work) -> bool:
    """Return whether the reader is exported, and proved on as many pages as requested."""
    proof, pages = work.folder.record.proof, work.request.pages * len(KINDS)
    return work.folder.reader.is_file() and proof is not None and proof.pages == pages


def _settings(request: Request, digits: LabelledImages, learned: Ingredients) -> ReaderSettings:
    faces = learned.typefaces()
    names = {face.path.name for face in (*faces.printed, *faces.handwritten)}
    return ReaderSettings(
        steps=request.steps,
        seed=request.seed,
        batch_size=request.batch_size,
        side=SIDE,
        learning_rate=request.learning_rate,
        init_sha256=sha256(request.init / STATE_FILE) if request.init else None,
        dataset=digits.name,
        dataset_sha256=digits.checksum(),
        typefaces=tuple(sorted(names)),
    )


def _training(work: _Work, kept: Ingredients) -> Training:
    """Return the training, with the state in the folder if there is one."""
    settings, folder = work.settings, work.folder
    work.listener.stage("preparing")
    learner = new_learner(settings.seed, settings.steps, settings.learning_rate)
    if folder.state.is_file():
        restore(learner, folder.state)
    elif work.request.init:
        begin_with(learner, work.request.init / STATE_FILE)
    # A row is written before the state of its step.
    done = learner.steps_done
    folder.save(history=tuple(row for row in folder.record.history if row.step <= done))
    return Training(learner, folder.state, settings.steps, kept.crops(settings.side))


def _learn(work: _Work, training: Training, learned: Ingredients) -> None:
    plan = Plan(work.settings.seed, work.settings.batch_size, work.settings.side)
    done = training.learner.steps_done
    work.listener.begin(work.folder.path, done, work.settings.steps)
    if done == work.settings.steps:
        return
    try:
        with made_batches(learned, plan, done, work.request.workers) as batches:
            learn(training, batches, _Recording(work.folder, work.listener))
    except KeyboardInterrupt as error:
        raise InterruptedRunError(
            f"interrupted after {training.learner.steps_done} of {work.settings.steps} steps; "
            "give the same command again to go on"
        ) from error


class _Recording:
    """Writes the history's rows into the folder and forwards all calls to a listener."""

    def __init__(self, folder: Folder, listener: Listener) -> None:
        self._folder = folder
        self.begin, self.step, self.stage = listener.begin, listener.step, listener.stage
        self._row = listener.row

    def row(self, row: Row) -> None:
        """Write a row of the history."""
        self._folder.save(history=(*self._folder.record.history, row))
        self._row(row)


def _export(work: _Work, training: Training, kept: Ingredients) -> None:
    """Measure the network on pages of each kind, and export it with proof on the same pages."""
    work.listener.stage(f"measuring on {work.request.pages} pages of each kind")
    pages = {
        kind: [as_read(page) for page in pages]
        for kind, pages in kept.pages(work.request.pages).items()
    }
    measures = _measures(training, pages)
    work.listener.stage("exporting")
    card = ReaderCard(
        toolkit_version=__version__,
        command=work.request.command(),
        settings=work.settings,
        packages=work.folder.record.packages,
        measures=measures,
        weaknesses=WEAKNESSES,
    )
    greys = [page.grey for kind in pages.values() for page in kind]
    proof = export_reader(training.learner.model, card, work.folder.reader, greys)
    work.folder.save(measures=measures, proof=proof)


def _measures(training: Training, pages: Mapping[str, list[MadePage]]) -> dict[str, Measures]:
    answer = answering(training.learner.model)
    sets = {"crops": training.validation, **pages}
    return {
        name: measure(lambda page: decode(answer(padded(page))), each).measures()
        for name, each in sets.items()
    }
