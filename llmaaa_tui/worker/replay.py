"""Read every stored answer again: no request, no cost. Shows what would change, and changes it only when told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..annotators.formats_readers import reader_for
from ..annotators.suspicion import flags
from ..annotators.vote import vote
from ..core.annotation import ItemAnswer
from ..core.document import Document
from ..core.labels import LabelSet
from ..core.states import Kind, State
from ..core.tasks import Shape
from ..store import items, replies
from ..store.database import Store
from ..store.ledger import LedgerStore
from ..store.replies import Written


@dataclass(frozen=True, slots=True)
class Difference:
    """An item whose answer reads otherwise than it was stored."""

    item: int
    document: Document
    annotator: str
    before: ItemAnswer
    after: ItemAnswer


@dataclass
class Replayed:
    """What came of it.

    Attributes:
        answers: stored answers about items that were read again.
        requests: the requests they came in.
        missing: answers whose raw bytes are gone (purged), which are left as they are.
        differences: the items that read otherwise now.
        again: by item with a difference, all its answers in the order they were stored, as they read now.
    """

    answers: int = 0
    requests: int = 0
    missing: int = 0
    differences: list[Difference] = field(default_factory=list)
    again: dict[int, list[tuple[Written, ItemAnswer]]] = field(default_factory=dict)


def replay(store: Store, ledger: LedgerStore, labels: LabelSet, shape: Shape) -> Replayed:
    """Every annotation that came from a request or a vote, from its stored answer; nothing is written."""
    result = Replayed()
    read: dict[tuple[str, int], dict[int, ItemAnswer]] = {}
    changed: set[int] = set()
    history: dict[int, list[tuple[Written, ItemAnswer]]] = defaultdict(list)
    for written in replies.written(store):
        if written.kind is Kind.VOTE:
            given = _samples(history[written.item], written.annotator)
            now = vote(given, labels, shape).answer if given else written.answer
        else:
            key = (written.request_key, written.sample)
            if key not in read:
                read[key] = _read(store, ledger, labels, written.request_key)
                result.requests += bool(read[key])
            if written.item not in read[key]:
                result.missing += written.answer.state is not State.FAILED  # a lost one never was there
                now = written.answer
            else:
                result.answers += 1
                now = read[key][written.item]
        history[written.item].append((written, now))
        if not same(written.answer, now):
            changed.add(written.item)
            document = items.documents(store, [written.item])[written.item]
            result.differences.append(Difference(written.item, document, written.annotator, written.answer, now))
    result.again = {item: history[item] for item in sorted(changed)}
    return result


def apply(store: Store, replayed: Replayed) -> int:
    """Store the answers of every item that reads otherwise now, as annotations of their own; how many."""
    again = [one for answers in replayed.again.values() for one in answers]
    if again:
        replies.write_again(store, again)
    return len(again)


def same(one: ItemAnswer, other: ItemAnswer) -> bool:
    """Whether two answers give the same labels: state, class of failure, classes, spans with rungs and flags."""
    return (one.state, one.failure, one.spans, one.classes) == (other.state, other.failure, other.spans, other.classes)


def _samples(history: Sequence[tuple[Written, ItemAnswer]], annotator: str) -> list[ItemAnswer]:
    by_sample = {
        written.sample: answer
        for written, answer in history
        if written.kind is Kind.LLM and written.annotator == annotator
    }
    return [by_sample[sample] for sample in sorted(by_sample)]


def _read(store: Store, ledger: LedgerStore, labels: LabelSet, key: str) -> dict[int, ItemAnswer]:
    """The answers of one stored request by item; {} where its bytes are not there."""
    settled = ledger.settled(key)
    request = ledger.request(key, replies.items_of_request(store, key))
    if settled is None or request is None or not settled.answer.body:
        return {}
    documents = items.documents(store, request.items)
    answers = reader_for(request.reader, labels).read(settled.answer, request, documents)
    return {item: replace(one, flags=flags(documents[item], one)) for item, one in answers.items()}


def lines(replayed: Replayed) -> Iterator[str]:
    """What changed, for people: one line an item."""
    for one in replayed.differences:
        where = f"{one.document.file}:{one.document.line}" if one.document.file else str(one.item)
        yield f"{where}: {said(one.document, one.before)}  →  {said(one.document, one.after)}"


def said(document: Document, answer: ItemAnswer) -> str:
    """An answer in a few words."""
    if answer.failure is not None:
        return f"failed ({answer.failure})"
    parts = [f"{span.span.label} {document.text[span.span.start : span.span.end]!r}" for span in answer.spans]
    parts += [one.label for one in answer.classes]
    return ", ".join(parts) or "nothing"


def record(replayed: Replayed) -> dict[str, Any]:
    """The figures as JSON."""
    return {
        "answers": replayed.answers,
        "requests_read": replayed.requests,
        "requests_sent": 0,
        "missing": replayed.missing,
        "differences": [
            {
                "item": one.item,
                "file": one.document.file,
                "line": one.document.line,
                "annotator": one.annotator,
                "before": _answer(one.document, one.before),
                "after": _answer(one.document, one.after),
            }
            for one in replayed.differences
        ],
    }


def _answer(document: Document, answer: ItemAnswer) -> Mapping[str, Any]:
    return {
        "state": answer.state,
        "failure": answer.failure,
        "spans": [{"start": one.span.start, "end": one.span.end, "label": one.span.label} for one in answer.spans],
        "classes": [one.label for one in answer.classes],
    }
