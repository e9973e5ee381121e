"""Leakage probes that others asked, read from the files of their answers and counted by two rules.

The files of LLMs in the Loop (github mkandai/llms-in-the-loop, data/data_leakage) are of two shapes:

* `<dataset>_sample_source.json`: a list of repeats, each {group: {item: answer}}, the answers to "identify the source
  dataset". An item that stands in several repeats was asked several times.
* `<dataset>_sentence_continuation.json`: {item: {query_text, reference_text, answer}}.

Rule "paper" counts as its notebooks do: a regular expression on the answer, one that declines is wrong, the share is
the mean over the repeats. Rule "alias" takes any usual name of the set; one that declines is no answer and in no rate.
There is no control in these files, so there is no verdict.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..core.leakage import Finding
from ..core.seeds import derive
from ..errors import InputError, LlmaaaError
from .aliases import names, names_any, other_names
from .leakage import Subject, continuation, source
from .resample import rate
from .rouge import Likeness, liken

RECORDED = "recorded"

_DECLINES = re.compile(
    r"\bsorry\b|\bas an ai\b|\b(can ?not|can[’']t|unable to)\b|\bnot possible\b|\bi don[’']t know\b"
    r"|\bdo(es)?(n[’']t| not) (seem|provide|contain|specify|directly|come|clearly|indicate|have)\b"
    r"|\bnot (enough|sufficient)\b"
)
_PAPER = {
    "CoNLL-2003": r"conll.*03",
    "WikiAnn": r"wikiann.*|xtreme",
    "WikiAnn English": r"wikiann.*|xtreme|pan-x",
    "MasakhaNER 2.0": r"masakhaner 2.0",
}
"""The regular expressions of its notebooks 10 and 11, on lower-case answers."""
_PARTS = {"reference_text", "answer"}
_BESIDE = ("readme", "license", "licence")
"""What may lie beside the answers."""


@dataclass(frozen=True, slots=True)
class RecordedSource:
    """Answers to the source question: of each repeat, of each item (by group and its own id)."""

    model: str
    dataset: str
    repeats: tuple[Mapping[tuple[str, str], str], ...]


@dataclass(frozen=True, slots=True)
class RecordedContinuation:
    """Continuations: of each item the text's own second piece and the answer."""

    model: str
    dataset: str
    items: Mapping[str, tuple[str, str]]


Recorded = RecordedSource | RecordedContinuation


def read(folder: Path) -> list[Recorded]:
    """The recorded probes of a folder with one folder a model, or of the folder of one model; by model and file.

    Raises:
        LlmaaaError: there is no such folder, or no answer in it.
        InputError: a file is of neither shape.
    """
    if not folder.is_dir():
        raise LlmaaaError(
            f"{folder}: there is no such folder; give one that holds a folder of recorded answers a model"
        )
    found = [_read(path) for path in sorted(folder.rglob("*")) if path.is_file() and not _aside(path, folder)]
    if not found:
        raise LlmaaaError(f"{folder}: holds no recorded answers (<model>/<dataset>_sample_source.json and such)")
    return found


def findings(recorded: Recorded) -> list[Finding]:
    """What the answers of one file come to: of a source question by both rules, of continuations by what is exact."""
    if isinstance(recorded, RecordedContinuation):
        return [_continued(recorded)]
    paper = _paper(recorded)
    return [*([paper] if paper else []), _by_alias(recorded)]


def declines(answer: str, dataset: str) -> bool:
    """Whether an answer to the source question names nothing and says so; one that is empty does as well."""
    said = answer.strip().casefold()
    return not said or (bool(_DECLINES.search(said)) and not names(said, dataset) and not names_any(said))


def _aside(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return any(part.startswith(".") for part in parts) or parts[-1].casefold().startswith(_BESIDE)


def _read(path: Path) -> Recorded:
    reason = (
        "holds no recorded probe: known are <dataset>_sample_source.json, a list of {group: {item: answer}}, and "
        "<dataset>_sentence_continuation.json, {item: {query_text, reference_text, answer}}; take it out of the folder"
    )
    try:
        held: Any = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise InputError(path, None, reason) from None
    except OSError as error:
        raise InputError(path, None, f"cannot be read ({error.strerror})") from None
    model = path.absolute().parent.name
    dataset = re.sub(r"[-_ ](sample_source|sentence_continuation)$", "", path.stem)
    if repeats := _as_source(held):
        return RecordedSource(model, dataset, repeats)
    if items := _as_continuation(held):
        return RecordedContinuation(model, dataset, items)
    raise InputError(path, None, reason)


def _as_source(held: Any) -> tuple[Mapping[tuple[str, str], str], ...] | None:
    if not isinstance(held, list) or not held:
        return None
    repeats = []
    for repeat in held:
        if not isinstance(repeat, dict) or not all(isinstance(group, dict) and group for group in repeat.values()):
            return None
        answers = {(group, item): answer for group, asked in repeat.items() for item, answer in asked.items()}
        if not answers or not all(answer is None or isinstance(answer, str) for answer in answers.values()):
            return None
        repeats.append({item: answer or "" for item, answer in answers.items()})
    return tuple(repeats)


def _as_continuation(held: Any) -> Mapping[str, tuple[str, str]] | None:
    if not isinstance(held, dict) or not held:
        return None
    items = {}
    for item, parts in held.items():
        if not isinstance(parts, dict) or not parts.keys() >= _PARTS:
            return None
        reference, answer = parts["reference_text"], parts["answer"]
        if not isinstance(reference, str) or not reference.strip() or not (answer is None or isinstance(answer, str)):
            return None
        items[item] = (reference, answer or "")
    return items


def _subject(recorded: Recorded) -> Subject:
    return Subject(recorded.model, recorded.dataset, RECORDED)


def _asked(repeats: Sequence[Mapping[tuple[str, str], str]]) -> list[list[str]]:
    """The answers of each distinct item, in the order of the repeats."""
    items: dict[tuple[str, str], list[str]] = {}
    for repeat in repeats:
        for item, answer in repeat.items():
            items.setdefault(item, []).append(answer)
    return list(items.values())


def _paper(recorded: RecordedSource) -> Finding | None:
    """By the paper's regular expression; None for a set that it has none for."""
    known = other_names(recorded.dataset)
    key = next((name for name in _PAPER if name in known), None)
    if key is None:
        return None
    if key == "WikiAnn" and re.search(r"[-_ ](en|eng|english)$", recorded.dataset.casefold()):
        key = "WikiAnn English"
    pattern = re.compile(_PAPER[key])
    made = source(
        _subject(recorded),
        [[bool(pattern.search(answer.casefold())) for answer in item] for item in _asked(recorded.repeats)],
        rule="paper",
    )
    shares = [
        sum(bool(pattern.search(answer.casefold())) for answer in repeat.values()) / len(repeat)
        for repeat in recorded.repeats
    ]
    share = sum(shares) / len(shares)
    measured = rate(share * made.n, made.n)
    assert measured is not None
    assert measured.low is not None
    assert measured.high is not None
    return replace(
        made,
        rate=share,
        low=measured.low,
        high=measured.high,
        hint=f"/{_PAPER[key]}/ in the answer, mean over {len(shares)} repeats; one that declines counts as wrong.",
    )


def _by_alias(recorded: RecordedSource) -> Finding:
    asked = _asked(recorded.repeats)
    hits = [
        [None if declines(answer, recorded.dataset) else names(answer, recorded.dataset) for answer in item]
        for item in asked
    ]
    made = source(_subject(recorded), hits)
    total, named = sum(map(len, hits)), sum(bool(one) for item in hits for one in item)
    hint = f"{named:,} of {total:,} answers name it"
    if made.unanswered:
        hint += f", {made.unanswered:,} decline and are in no rate"
    return replace(made, hint=f"{hint}; without control texts it may be a guess from language and looks.")


def _continued(recorded: RecordedContinuation) -> Finding:
    likened: list[list[Likeness | None]] = [
        [liken(answer, reference) if answer.strip() else None] for reference, answer in recorded.items.values()
    ]
    seed = derive(0, 0, "recorded continuation", f"{recorded.model}:{recorded.dataset}")
    made = continuation(_subject(recorded), likened, seed=seed, rule="exact")
    hint = "The judge's verdicts were not stored: what is exact was counted anew, spaces apart."
    return replace(made, rule="paper", hint=f"{hint} {made.hint}")
