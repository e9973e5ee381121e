"""Why a person should look at an answer, each reason with its weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.review import Reason

FAILED = 1.0
FLAGGED = 0.8
VOTE, VOTE_AT_LEAST = 0.9, 0.1
STUDENT, IN_SAMPLE = 0.7, 0.35
LOW = 0.6
AGAIN = 0.5

_FLAGS = {
    "occurrence_conflict": "an entity stands elsewhere than the answer said",
    "partial_token": "the answer cut a word in two",
    "ungrounded_words": "the answer holds words that are not in the text",
    "unknown_labels": "the answer names labels that do not exist",
    "instructions_in_text": "the text gives orders to its reader",
    "prompt_marks_in_text": "the text holds marks of a prompt",
    "hidden_characters": "the text holds characters that nobody sees",
}
_LOWEST = 0.05
_FEW = 20
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known about an answer that may be a reason to look.

    Attributes:
        failure: the class of a failed answer, or None.
        flags: of the answer and its spans.
        confidence: of a vote; None where there was one answer.
        student: how sure a student is that says otherwise (1 where it does not say), or None where none does.
        in_sample: that student was trained on this very item.
        disputed: surfaces on which the two differ.
        instead: the classes that the student gives where they are others, () for none; else None.
        low: the newest training that weighed its labels distrusts this one.
        weight: what it gave the label, 1 on average.
        again: it was rejected and asked again.
    """

    failure: str | None = None
    flags: tuple[str, ...] = ()
    confidence: float | None = None
    student: float | None = None
    in_sample: bool = False
    disputed: tuple[str, ...] = ()
    instead: tuple[str, ...] | None = None
    low: bool = False
    weight: float | None = None
    again: bool = False


def reasons(signs: Signs) -> tuple[Reason, ...]:
    """The reasons in sentences for people, the weightiest first."""
    weights: dict[str, float] = {}
    if signs.failure is not None:
        weights["failed"] = FAILED
    if signs.flags:
        weights["flagged"] = FLAGGED
    if signs.confidence is not None and signs.confidence < 1:
        weights["vote"] = VOTE * (1 - signs.confidence) + VOTE_AT_LEAST
    if signs.student is not None:
        weights["student"] = IN_SAMPLE if signs.in_sample else STUDENT * signs.student
    if signs.low:
        weights["weight"] = LOW
    if signs.again:
        weights["again"] = AGAIN
    found = sorted(weights.items(), key=lambda reason: -reason[1])
    return tuple(Reason(code, _words(code, signs), weight) for code, weight in found)


def _words(code: str, signs: Signs) -> str:
    match code:
        case "failed":
            return f"the answer failed: {str(signs.failure).replace('_', ' ').replace('json', 'JSON')}"
        case "flagged":
            return "; ".join(_FLAGS.get(flag, flag.replace("_", " ")) for flag in signs.flags)
        case "vote":
            return f"the samples agree to {signs.confidence or 0:.0%}".replace("%", " %")
        case "student":
            names = ", ".join(f'"{surface}"' for surface in signs.disputed[:_SHOWN])
            more = f" and {len(signs.disputed) - _SHOWN} more" if len(signs.disputed) > _SHOWN else ""
            seen = ", though it was trained on this" if signs.in_sample else ""
            if signs.instead is not None and not names:
                return f"the student says {', '.join(signs.instead) or 'that none of the labels applies'}{seen}"
            return f"the student disagrees on {names or 'this'}{more}{seen}"
        case "weight":
            return f"the trainer distrusts this label: weight {signs.weight or 0:.2f}, among the lowest 5 %"
        case _:
            return "it was rejected and asked again"


def lowest(weights: Sequence[float]) -> float | None:
    """The weight at or under which a label is among the lowest 5 % of its training; None where none stands out.

    Args:
        weights: of one whole training, ascending.
    """
    if len(weights) < _FEW:
        return None
    mark = weights[int(len(weights) * _LOWEST) - 1]
    return mark if mark < weights[len(weights) // 2] else None
