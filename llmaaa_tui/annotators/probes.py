"""Ask a model what shows whether it has seen a dataset before; pure. What is asked, not what the answers prove.

Source: LLMs in the Loop (arXiv 2404.02261), data leakage: source question and continuation; Golchin & Surdeanu,
arXiv 2308.08493 (guided against general instruction) and 2311.06233 (quiz, and its round of wrong options alone);
Sainz et al. 2023 (labels in the order of the published file). The perturbed sentences of `probe_texts.perturb` are
asked by the annotator itself, as any others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from string import Template
from typing import Any

from ..core import tasks
from ..core.document import NOTHING, Document, Labels
from ..core.leakage import Probe
from ..core.seeds import generator
from ..errors import SettingsError
from ..resources import read_text
from .asker import Asker
from .choice import ENUM_MOST
from .contracts import Request
from .ground import view_of
from .llm import FRAME_TOKENS, LINE_CAP
from .probe_texts import ROWS as ROWS
from .probe_texts import Wordings, halves
from .prompt import Prompt
from .question import Question
from .shown_json import as_json, clean
from .tasks import answer_format
from .traits import Traits

VERSION = "v1"
PARTS = ("source", "guided", "general", "quiz", "label_order")
OPTIONS = ("1", "2", "3", "4")
NONE = "none"
"""The option that says that none of the four is the original."""
_NAME_TOKENS = 64
_PROSE_TOKENS = 64
_LABEL_TOKENS = 12
_LABELS = 32


class Arm(StrEnum):
    """Which of the two sides that a probe compares."""

    DATASET = "dataset"
    """A sample of the dataset, or what is asked about one."""
    CONTROL = "control"
    """The same question about a text that is in no dataset."""
    GUIDED = "guided"
    """Finish the sample; dataset and split are named."""
    GENERAL = "general"
    """Finish the text; nothing is named."""
    BIAS = "bias"
    """The quiz with four wrong options: which place does the model like?"""


@dataclass(frozen=True, slots=True)
class ProbeQuestion:
    """One question and what its answer is held against.

    Attributes:
        item: that it asks about; None of a control text.
        shown: of a continuation the first piece.
        wanted: of a continuation the second piece, of a quiz the right option ("1" to "4", or "none").
        labels: of `label_order` those of the next row, in the order of the row.
        unordered: these labels have no order of their own (several classes a text): answers are brought into that of
            the label set.
    """

    probe: Probe
    arm: Arm
    request: Request
    item: int | None = None
    shown: str = ""
    wanted: str = ""
    labels: tuple[str, ...] = ()
    unordered: bool = False


class ProbeWriter:
    """Plans the requests of the probes, one a question.

    Args:
        provider, endpoint, model, traits, sampling, max_output_tokens, counted_as: as of `LlmAnnotator`.
        prompt: of the project: its task, labels and language.
        dataset: the name under which the texts were published; "" where they never were. The source question and the
            general instruction never show it, all others need it.
        split: of the dataset, as its authors call it.

    Raises:
        SettingsError: the model refuses a parameter.
    """

    def __init__(
        self,
        provider: str,
        endpoint: str,
        model: str,
        prompt: Prompt,
        traits: Traits,
        sampling: Mapping[str, Any],
        dataset: str = "",
        split: str = "",
        max_output_tokens: int | None = None,
        counted_as: str = "",
    ) -> None:
        self._asker = Asker(provider, endpoint, model, traits, sampling, counted_as)
        self._max_output_tokens = max_output_tokens
        self._prompt = prompt
        self._form = answer_format(prompt.task, "", prompt.labels)
        self._named = {
            "task": tasks.get(prompt.task).title,
            "dataset": " ".join(dataset.split()),
            "split": " ".join(split.split()),
            "label": as_json(prompt.labels.names[0])[1:-1],
            **prompt.project(),
        }
        self._parts = {name: Template(_template(name)) for name in PARTS}

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the template files: shows whether a version was edited in place."""
        return hashlib.sha256("\x00".join(self._parts[name].template for name in PARTS).encode()).hexdigest()

    def source(self, document: Document, item: int | None = None, sample: int = 0) -> ProbeQuestion:
        """Which dataset is this text from? The same words for a control text, which has no item."""
        request = self._request("source", [view_of(document).text], _texts("dataset"), _NAME_TOKENS, item, sample)
        return ProbeQuestion(Probe.SOURCE, Arm.CONTROL if item is None else Arm.DATASET, request, item)

    def continuation(
        self, document: Document, item: int | None = None, sample: int = 0, *, guided: bool
    ) -> ProbeQuestion | None:
        """Finish this text from its first half, with or without the name of the dataset; None where it is too short.

        Raises:
            SettingsError: guided, and the dataset or its split has no name; or as of the other questions.
        """
        pieces = halves(view_of(document).text)
        if pieces is None:
            return None
        room = min(LINE_CAP, _PROSE_TOKENS + len(pieces[1].encode("utf-8", "replace")))
        part = Arm.GUIDED if guided else Arm.GENERAL
        request = self._request(part, [pieces[0]], _texts("continuation"), room, item, sample)
        return ProbeQuestion(Probe.CONTINUATION, part, request, item, *pieces)

    def quiz(
        self,
        document: Document,
        item: int | None,
        wordings: Wordings,
        seed: int,
        sample: int = 0,
        *,
        labels: Labels = NOTHING,
        bias: bool = False,
    ) -> ProbeQuestion | None:
        """Which of four is the dataset's own wording? None where other wordings cannot be made.

        Args:
            item: None of a control text.
            wordings: made of the texts that are asked about.
            labels: of the text, where they are known: names are then exchanged whole, for others of their label.
            bias: show four wordings of which none is the original.

        Raises:
            SettingsError: the dataset or its split has no name, or the model refuses an answer of that length.
        """
        view = view_of(document)
        text = view.text
        names = view.shown(labels.spans)
        wrong = wordings.variants(text, len(OPTIONS) if bias else len(OPTIONS) - 1, seed, names)
        if wrong is None:
            return None
        options = [*wrong] if bias else [text, *wrong]
        generator(seed, 0, "leakage quiz", f"{bias}:{document.sha256}").shuffle(options)
        wanted = NONE if bias else OPTIONS[options.index(text)]
        schema = _schema("option", {"type": "string", "enum": [*OPTIONS, NONE]})
        request = self._request("quiz", options, schema, _NAME_TOKENS, item, sample)
        arm = Arm.BIAS if bias else Arm.CONTROL if item is None else Arm.DATASET
        return ProbeQuestion(Probe.QUIZ, arm, request, item, wanted=wanted)

    def label_order(
        self, rows: Sequence[tuple[Document, Labels]], following: Labels, item: int, sample: int = 0
    ) -> ProbeQuestion:
        """What are the labels of the row after these three?

        Args:
            rows: `ROWS` rows of a file, in its order, with their gold labels.
            following, item: of the row after them; its text is not shown.

        Raises:
            SettingsError: the dataset or its split has no name, or the model refuses an answer of that length.
        """
        names = self._prompt.labels.names
        name: dict[str, Any] = {"type": "string"}
        if len(names) <= ENUM_MOST:
            name["enum"] = list(names)
        lines = [{"row": self._form.line(view_of(document)), "labels": labels.names} for document, labels in rows]
        room = _LABELS * (_LABEL_TOKENS + max(len(one.encode("utf-8", "replace")) for one in names))
        schema = _schema("labels", {"type": "array", "items": name})
        request = self._request("label_order", lines, schema, min(LINE_CAP, room), item, sample)
        unordered = tasks.get(self._prompt.task).shape is tasks.Shape.MANY
        return ProbeQuestion(Probe.LABEL_ORDER, Arm.DATASET, request, item, labels=following.names, unordered=unordered)

    def _request(
        self, part: str, lines: Sequence[Any], schema: Mapping[str, Any], room: int, item: int | None, sample: int
    ) -> Request:
        for name in ("dataset", "split"):
            if f"${name}" in self._parts[part].template and not self._named[name]:
                raise SettingsError(f"leakage.{name}: is empty; name what the probed texts were published as")
        question = Question(
            guidelines=clean(self._parts[part].substitute(self._named)),
            examples="",
            data=self._prompt.data(lines),
            schema=schema,
            output_tokens=self._max_output_tokens or FRAME_TOKENS + room,
        )
        items = () if item is None else (item,)
        return self._asker.request(question, items=items, sample=sample, reader=f"leakage/{part}.{VERSION}")


def _texts(key: str) -> dict[str, Any]:
    return _schema(key, {"type": "string"})


def _schema(key: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {key: value}, "required": [key], "additionalProperties": False}


def _template(name: str) -> str:
    return read_text("prompts", "leakage", f"{name}.{VERSION}.md").rstrip("\n")
