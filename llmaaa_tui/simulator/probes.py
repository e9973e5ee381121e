"""Questions that ask whether the model has seen a dataset before: read from the words of a request, and answered.

A memorised text is named, finished, told from other wordings, and its place in the file is known. About any other the
model guesses, and about a text that nobody published it guesses alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..core.seeds import generator
from .corpora import COMMON, UNKNOWN, UNKNOWN_SHARE
from .gold import data_lines
from .memory import Memory
from .tasks import Asked, Said, Simulation
from .wire import Question

SOURCE, CONTINUATION, QUIZ, LABEL_ORDER = "source", "continuation", "quiz", "label_order"
UNGUIDED = 0.3
"""Of memorised texts, the share that is finished word for word where the dataset is not named."""
NONE = "none"
_FORM = re.compile(rf"^Answer format: ({SOURCE}|{CONTINUATION}|{QUIZ}|{LABEL_ORDER})\b", re.MULTILINE)
_NAMED = re.compile(r"^Dataset: \S", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Remembering:
    """A simulation that answers probes too, and annotates what it has memorised as the gold has it.

    Attributes:
        usual: the task's own simulation.
        exact: the same without errors; None where nothing is memorised.
    """

    usual: Simulation
    exact: Simulation | None
    memory: Memory

    @property
    def row(self) -> str:
        return self.usual.row

    @property
    def wants(self) -> str:
        return self.usual.wants

    def __len__(self) -> int:
        return len(self.usual)

    def asked(self, question: Question) -> Asked | None:
        """A probe, or what the task asks."""
        form, lines = _FORM.search(question.instructions), list(data_lines(question.user))
        if form is not None and lines:
            return _Probe(self.memory, form[1], _NAMED.search(question.instructions) is not None, lines)
        asked = self.usual.asked(question)
        exact = None if self.exact is None or asked is None else self.exact.asked(question)
        return asked if asked is None or exact is None else _Recalled(asked, exact, self.memory)


@dataclass(frozen=True, slots=True)
class _Recalled:
    """Items to annotate: those that are memorised come out exactly."""

    usual: Asked
    exact: Asked
    memory: Memory

    @property
    def texts(self) -> Sequence[str]:
        return self.usual.texts

    @property
    def about(self) -> Sequence[str]:
        return self.usual.about

    def say(self, sample: int, fault: str, target: int) -> Said:
        said, exact = self.usual.say(sample, fault, target), self.exact.say(sample, fault, target)
        known = [self.memory.knows(text) for text in self.about]
        if not any(known):
            return said
        members = [other if seen else one for one, other, seen in zip(said.members, exact.members, known, strict=True)]
        return Said(members, said.key, exact.fault if known[0] else said.fault)


@dataclass(frozen=True, slots=True)
class _Probe:
    """One question of a probe; `lines` are the data lines, number and value."""

    memory: Memory
    form: str
    named: bool
    lines: Sequence[tuple[str, Any]]

    @property
    def texts(self) -> list[str]:
        return [str(value) for _, value in self.lines]

    @property
    def about(self) -> Sequence[str]:
        return ()

    def say(self, sample: int, fault: str, target: int) -> Said:
        memory, first = self.memory, self.texts[0]
        rng = generator(memory.seed, sample, f"simulator {self.form} {self.named}", "\x1f".join(self.texts))
        value: Any
        match self.form:
            case "source":
                guess = UNKNOWN if rng.random() < UNKNOWN_SHARE else rng.choice(COMMON)
                key, value = "dataset", memory.dataset if memory.knows(first) else guess
            case "continuation":
                rest = memory.rest(first)
                recalled = self.named or memory.unit("unguided", first) < UNGUIDED
                key, value = "continuation", rest if rest and recalled else memory.other_words(first, rng)
            case "quiz":
                known = next((number for number, text in self.lines if memory.knows(str(text))), None)
                key, value = "option", known or rng.choice([*(number for number, _ in self.lines), NONE])
            case _:
                known_labels = memory.labels_after([value for _, value in self.lines])
                key, value = "labels", list(memory.any_labels(rng) if known_labels is None else known_labels)
        return Said([(key, value)], first)
