"""Further students for query by committee: other seeds, and bootstrap samples of what the round before trained on.

Each member draws as many sentences as there are, with replacement (Abe & Mamitsuka, ICML 1998: query by bagging), so
that members differ in what they know and not in their starting point alone. The committee of a round is trained when
the next round is picked, and its folders are taken away once that selection is written.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..core.seeds import derive
from ..student.checkpoint import is_complete
from ..student.examples import Example, TrainProgress
from ..student.train import train
from .context import Context
from .progress import Meter
from .train import Material, material


def committee(context: Context, number: int, meter: Meter) -> list[Path] | None:
    """The folders of the `loop.committee` - 1 students beside the round's own, trained where they are not there.

    A member that is whole is not trained again, so a halted or killed selection goes on where it was.

    Args:
        number: the round that is picked.

    Returns:
        None where somebody asked to stop, or to pause between two members.
    """
    members = [_folder(context, number) / f"member-{place}" for place in range(1, context.settings.loop.committee)]
    given: Material | None = None
    for place, folder in enumerate(members, start=1):
        if is_complete(folder):
            continue
        if context.control.should_halt():
            return None
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        given = given or material(context, number - 1)
        if not _train(context, number, place, folder, given, meter):
            return None
    return members


def dismiss(context: Context, number: int) -> None:
    """Take away the committee that a round was picked by, and any that an earlier one left."""
    for one in range(1, number + 1):
        shutil.rmtree(_folder(context, one), ignore_errors=True)


def bootstrap(examples: Sequence[Example], seed: int) -> list[Example]:
    """As many examples as there are, drawn with replacement."""
    rows = np.random.default_rng(seed).integers(0, len(examples), len(examples))
    return [examples[row] for row in rows]


def _folder(context: Context, number: int) -> Path:
    return context.paths.models / f"committee-{number:03}"


def _train(context: Context, number: int, place: int, folder: Path, given: Material, meter: Meter) -> bool:
    seed = context.settings.project.seed

    def report(progress: TrainProgress) -> None:
        note = f"student {place + 1} of {context.settings.loop.committee}, epoch {progress.epoch} of {progress.epochs}"
        meter.tell(progress.step, progress.steps, note)

    result = train(
        context.student,
        context.project.task,
        context.labels,
        bootstrap(given.examples, derive(seed, number, "bootstrap committee", place)),
        given.dev,
        folder,
        derive(seed, number, "committee", place),
        report,
        context.control.should_stop,
        meta=given.meta,
    )
    return result.folder is not None
