"""Read what a model answered to a probe; pure. To refuse, to fail and not to know are three things."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..core.labels import LabelSet
from ..core.leakage import Probe
from ..core.states import Failure, State
from . import loose_json
from .contracts import RawAnswer
from .envelope import quoted
from .formats_labels import Spellings
from .probes import NONE, OPTIONS, ProbeQuestion
from .wires import WIRES

_KEYS = {
    Probe.SOURCE: "dataset",
    Probe.CONTINUATION: "continuation",
    Probe.QUIZ: "option",
    Probe.LABEL_ORDER: "labels",
}
_REFUSES = re.compile(
    r"\W*(?:(?:i['’]?m|i am)?\s*(?:very |so |really )?sorry\b|(?:i['’]?m|i am) (?:unable|not able)\b"
    r"|i (?:can['’]?t|cannot|can not|won['’]?t|will not)\b|as an ai\b|unfortunately, i\b)",
    re.IGNORECASE,
)
_EXCUSE = re.compile(
    r"(?:\b(?:not|no)\b|n['’]t\b|\binsufficient\b).{0,80}\b(?:information|context|enough|sufficient|possible|identif\w*"
    r"|specif\w*|determin\w*)",
    re.IGNORECASE | re.DOTALL,
)
"""What GPT-4 said in place of a dataset's name: "This sample does not provide enough information to …"."""
_KNOWS_NOT = re.compile(
    r"\W*(?:unknown(?: dataset)?|n/?a|not known|unsure|not sure|unidentified|null|i (?:do not|don['’]?t) know(?: it)?)?"
    r"\W*",
    re.IGNORECASE,
)
_NAMES_NONE = re.compile(r"\W*(?:none|no dataset|no name)\W*", re.IGNORECASE)
_OPTION = re.compile(
    r"\W*(?:(?:option|text|line|number)\W*)?(?:([1-4])|none(?: of (?:them|these|the above))?)\W*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Probed:
    """What an answer says.

    Attributes:
        state: labelled where it names a dataset, gives a continuation, chooses or lists labels; empty where it says
            that it does not know (or that the row has no labels); failed where it refused or cannot be read.
        text: the name of the dataset, or the continuation without the first piece.
        choice: "1" to "4" or "none"; "" where nothing was chosen.
        labels: of the next row; None where the answer gave none, or none that the dataset has.
        failure, detail: why a failed answer cannot be used, a class and one sentence; of others what was odd.
    """

    state: State
    text: str = ""
    choice: str = ""
    labels: tuple[str, ...] | None = None
    failure: Failure | None = None
    detail: str = ""


def unanswered(failure: Failure, detail: str) -> Probed:
    """What stands for a question that got no answer at all."""
    return Probed(State.FAILED, failure=failure, detail=detail)


def read(answer: RawAnswer, asked: ProbeQuestion, labels: LabelSet) -> Probed:
    """What a settled answer says; total.

    JSON is looked for as in any answer; what holds none is taken at its words, for models that were asked without a
    schema.
    """
    completion = WIRES[asked.request.wire].completion(answer)
    if completion.failure is not None:
        return unanswered(completion.failure, completion.detail)
    try:
        value = _value(completion.text, _KEYS[asked.probe])
    except ValueError as error:
        return unanswered(Failure.NOT_JSON, str(error))
    if value is None:
        value = ""
    if isinstance(value, str) and (_REFUSES.match(value) or (asked.probe is Probe.SOURCE and _EXCUSE.search(value))):
        return unanswered(Failure.REFUSAL, f"the model refused: {quoted(value)}")
    match asked.probe:
        case Probe.QUIZ:
            return _choice(value)
        case Probe.LABEL_ORDER:
            return _labels(value, labels, asked.unordered)
    if not isinstance(value, str):
        return unanswered(Failure.SCHEMA, f"the answer's {_KEYS[asked.probe]!r} is no text")
    text = " ".join(value.split())
    if asked.probe is Probe.CONTINUATION:
        text = text.removeprefix(" ".join(asked.shown.split())).strip()
    knows_not = _KNOWS_NOT.fullmatch(text) or (asked.probe is Probe.SOURCE and _NAMES_NONE.fullmatch(text))
    if knows_not and not (text and text == asked.wanted):
        return Probed(State.EMPTY)
    return Probed(State.LABELLED, text=text)


def _choice(value: Any) -> Probed:
    said = str(value) if isinstance(value, int) else value
    found = _OPTION.fullmatch(said) if isinstance(said, str) else None
    if found is not None:
        return Probed(State.LABELLED, choice=found[1] or NONE)
    if isinstance(said, str) and _KNOWS_NOT.fullmatch(said):
        return Probed(State.EMPTY)
    return unanswered(Failure.SCHEMA, f"the answer chooses none of {', '.join(OPTIONS)} and {NONE!r}")


def _labels(value: Any, labels: LabelSet, unordered: bool) -> Probed:
    if isinstance(value, str) and _KNOWS_NOT.fullmatch(value):
        return Probed(State.EMPTY)
    said = [value] if isinstance(value, str) else value
    if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
        return unanswered(Failure.SCHEMA, "the answer's 'labels' are no list of labels")
    spellings = Spellings(labels)
    found = [spellings.find(one) for one in said]
    unknown = next((one for one, name in zip(said, found, strict=True) if name is None), None)
    if unknown is not None:  # wrong, not unreadable: no row of the dataset has these labels
        return Probed(State.LABELLED, detail=f"the answer names {unknown[:40]!r}, which is no label of the dataset")
    names = tuple(name for name in found if name is not None)
    names = labels.in_order(names) if unordered else names
    return Probed(State.LABELLED if names else State.EMPTY, labels=names)


def _value(text: str, key: str) -> Any:
    """What stands under the key, or the text itself where it holds no JSON.

    Raises:
        ValueError: the JSON that the answer holds is broken, or says something else.
    """
    try:
        value, _ = loose_json.loads(text)
    except ValueError:
        if "{" in text:
            raise
        return text.strip().strip("\"'`")
    if isinstance(value, dict):
        if key not in value:
            raise ValueError(f"the answer's JSON says nothing under {key!r}")
        return value[key]
    if key != _KEYS[Probe.LABEL_ORDER]:
        raise ValueError("the answer's JSON is a list")
    return value
