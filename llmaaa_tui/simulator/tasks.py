"""What the simulator must know of a task: which items of its gold a request asks about, and what it says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..core.document import Record
from ..core.tasks import UnknownTaskError, get
from ..errors import InputError, SettingsError
from ..formats import tasks as formats
from .wire import Question


@dataclass(frozen=True, slots=True)
class Said:
    """What the model says, before anything happens to it.

    Attributes:
        members: of the answer's JSON object, one an item.
        key: names the draw of where it breaks.
        fault: whether its JSON comes out "broken" or "cut_off"; mostly "".
    """

    members: Sequence[tuple[str, Any]]
    key: str
    fault: str = ""


class Asked(Protocol):
    """What a request asks."""

    @property
    def texts(self) -> Sequence[str]:
        """Of each item, for scripts of faults that name a part of it."""

    @property
    def about(self) -> Sequence[str]:
        """The gold text of each item, in the order of the answer's members; none where it asks about no gold."""

    def say(self, sample: int, fault: str, target: int) -> Said:
        """Answer; the same arguments give the same answer on every machine.

        Args:
            sample: which of several answers.
            fault: a scripted fault, "ok" for none; what it does to what is said about items is done here.
            target: the item it strikes.
        """


class Simulation(Protocol):
    """The gold of a task under one profile and seed."""

    @property
    def row(self) -> str:
        """Which errors it makes, for `/whoami`: a row of the table, "assumed", or "none"."""

    @property
    def wants(self) -> str:
        """What a request must show that is about this gold, e.g. "a sentence of its gold files"."""

    def __len__(self) -> int:
        """How many items it has gold of."""

    def asked(self, question: Question) -> Asked | None:
        """What a question asks; None where it shows nothing of the gold.

        Raises:
            HttpError: it wants a form of answer that the task does not have.
        """


class SimulatorTask(Protocol):
    """How one task is simulated."""

    def simulate(self, records: Sequence[Record], profile: str, seed: int) -> Simulation:
        """Take records that all have gold; `profile` is one of `table.PROFILES`, `seed` that of lasting errors."""


def of(name: str) -> SimulatorTask:
    """How the task of that name is simulated.

    Raises:
        SettingsError: there is no such task.
    """
    try:
        task: SimulatorTask = get(name).room("simulator")
    except UnknownTaskError as error:
        raise SettingsError(f"--task: {error}") from None
    return task


def read_gold(task: str, files: Sequence[Path]) -> list[Record]:
    """The records with gold of files of any format of a task.

    Raises:
        SettingsError: there is no such task.
        InputError: a file cannot be read, or none has an item with gold.
    """
    of(task)
    records = [record for file in files for record in formats.of(task).read(file).records if record.gold is not None]
    if not records:
        names = ", ".join(str(file) for file in files)
        raise InputError(
            names,
            None,
            f"no {get(task).unit} has gold labels of task {task}; give a file with labels, or another --task",
        )
    return records
