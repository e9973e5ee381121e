"""Steps 1 and 2 where the annotator writes the sentences itself (`loop.source`): ZeroGen and FewGen.

A round asks for its sentences in requests of several; what copies a text of the project or another of its own is left
out and counted, and asked for anew, until the round has its number or the model only repeats itself. Everything is
written in the transaction that ends the step: until then the paid answers lie in the ledger, where a resumed round,
which asks the same, finds them.

Source: ZeroGen (Ye et al. 2022, arXiv 2202.07922); as baselines in LLMaAA (arXiv 2310.19596), section 4.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..annotators import tasks as annotator_tasks
from ..annotators.contracts import Demonstration, Outcome, Request, Settled
from ..annotators.generation import SentencesReader, Writing
from ..annotators.retry import Unsent
from ..annotators.submit import submit
from ..annotators.suspicion import flags
from ..annotators.transport import Trouble
from ..config import Settings
from ..core.copies import CopyFinder
from ..core.seeds import derive, generator
from ..core.states import Failure, Phase, Role
from ..errors import AnnotatorError, BudgetError, SettingsError, WaitingError
from ..store import items, rounds
from ..store.database import Store
from ..store.generated import Generated, known_texts, write_generated
from .annotate import EXHAUSTED
from .annotator import why_per_request
from .context import Context
from .progress import Meter

ZEROGEN, FEWGEN = "zerogen", "fewgen"
SOURCES = (ZEROGEN, FEWGEN)
GENERATE = "generate"
AT_LEAST = 5
"""Sentences that one request asks for, where `annotator.per_request` is not more."""
WRITTEN = "which the annotator writes itself"
"""What is known of that size, in the place where others have a recorded accuracy."""
WAVES = 4
"""How often a round asks for what is still missing before it is left short."""
COPY = "copies of other sentences"
SPREAD = 10**6


@dataclass
class _Round:
    """What a round has so far.

    Attributes:
        requests: how many it has asked, which numbers the next.
        asked: sentences asked for.
        unusable: answers without a sentence, and requests that never brought one.
        skipped: sentences whose request did not fit under the cap.
        trouble: the last reason why an answer was unusable.
    """

    kept: list[Generated] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    names: int = 0
    requests: int = 0
    asked: int = 0
    unusable: int = 0
    skipped: int = 0
    trouble: str = ""


class _Known:
    """What the project has already; among gold and written sentences near copies count too, in a large pool none."""

    def __init__(self, store: Store) -> None:
        self._near = CopyFinder()
        self._pool: set[str] = set()
        for text, role in known_texts(store):
            if role is Role.POOL:
                self._pool.add(_folded(text))
            else:
                self._near.add(text, role)

    def is_new(self, text: str) -> bool:
        """Whether a sentence copies none; it is known from then on."""
        if _folded(text) in self._pool or self._near.find(text) is not None:
            return False
        self._near.add(text, Role.GENERATED)
        return True


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class _Planned:
    """A request, what it shows, and how many sentences it asks for."""

    request: Request
    number: int
    count: int
    shown: tuple[int, ...]


def per_request(settings: Settings) -> int:
    """Sentences that one request asks for."""
    return max(AT_LEAST, settings.annotator.per_request)


def manner_of(settings: Settings) -> dict[str, Any]:
    """How much one request asks for, what is known of that size, and how many demonstrations it shows."""
    annotator, source = settings.annotator, settings.loop.source
    k = 0 if source == ZEROGEN or (source not in SOURCES and annotator.retrieval == "none") else annotator.k
    if source not in SOURCES:
        why = why_per_request(annotator.per_request, settings.project.task)
        return {"per_request": annotator.per_request, "per_request_why": why, "k": k}
    return {"per_request": per_request(settings), "per_request_why": WRITTEN, "k": k}


def filled_by(settings: Settings, number: int) -> str:
    """Who fills a round: what picks it, or what has the annotator write it."""
    loop = settings.loop
    if loop.source in SOURCES:
        return loop.source
    return loop.strategy if number > 1 else loop.first


def refuse(settings: Settings) -> None:
    """Refuse what an annotator that writes sentences cannot do.

    Raises:
        SettingsError: one sentence about the first such setting.
    """
    task = settings.project.task
    if settings.loop.source in SOURCES and not annotator_tasks.of(task).writes:
        raise SettingsError(
            f"loop.source: {settings.loop.source} has the annotator write sentences, which none does for task {task}; "
            "set it to pool"
        )
    annotator = settings.annotator
    wrong = {
        "annotator.provider": "gold" if annotator.provider == "gold" else "",
        "annotator.economy": "true" if annotator.economy else "",
        "annotator.samples": str(annotator.samples) if annotator.samples > 1 else "",
        "annotator.escalate": annotator.escalate,
        "loop.reask": str(settings.loop.reask) if settings.loop.reask else "",
    }
    for name, value in wrong.items():
        if settings.loop.source in SOURCES and value:
            raise SettingsError(
                f"{name}: is {value}, and loop.source {settings.loop.source} has the annotator write sentences, each "
                "once and at once; take one of the two back"
            )


def begin(context: Context, number: int) -> None:
    """There is nothing to pick: the sentences do not exist yet."""
    meter = context.meter(number, Phase.SELECT)
    rounds.write_selection(context.store, number, rounds.position(context.store).strategy, [], meter.seconds)


def generate(context: Context, number: int) -> bool:
    """Have the round's sentences written; True where the budget ended it early.

    Raises:
        BudgetError: not one sentence of this round could be bought.
        AnnotatorError: the annotator keeps failing; what it answered is kept.
        WaitingError: a person has to rule on requests of unknown outcome.
    """
    meter = context.meter(number, Phase.ANNOTATE)
    source, target = rounds.position(context.store).strategy, rounds.target_of(context.store, number)
    known = _Known(context.store)
    shown = _demonstrations(context) if source == FEWGEN else []
    cap = context.ledger.totals().cap_nanousd
    done = _Round()
    for _ in range(WAVES):
        missing = target - len(done.kept)
        meter.tell(len(done.kept), target)
        if not missing:
            break
        planned = _plan(context, number, done, missing, shown)
        settled = asyncio.run(_ask(context, planned, done, meter, target))
        if context.control.should_halt():
            return False
        before = len(done.kept)
        for one in planned:
            if one.request.key in settled:
                _take(context, one, settled[one.request.key], known, done)
        if done.skipped or len(done.kept) == before:
            break
    return _finish(context, number, source, done, cap, meter.seconds)


def _demonstrations(context: Context) -> list[Demonstration]:
    """The gold ones that may be sent."""
    ids = items.sendable(context.store, Role.DEMONSTRATION)
    documents, gold = items.documents(context.store, ids), items.gold_of(context.store, ids)
    return [Demonstration(item, documents[item], gold[item]) for item in ids]


def _plan(context: Context, number: int, done: _Round, missing: int, shown: Sequence[Demonstration]) -> list[_Planned]:
    """Requests for the sentences that are missing; each draws its demonstrations by a generator of its own."""
    assert context.kit.writer is not None
    seed, size = context.settings.project.seed, per_request(context.settings)
    k = min(context.settings.annotator.k, len(shown))
    planned = []
    for start in range(0, missing, size):
        index, done.requests = done.requests, done.requests + 1
        count = min(size, missing - start)
        examples = generator(seed, number, "demonstrations of a request", index).sample(list(shown), k)
        batch = derive(seed, number, GENERATE, index) % SPREAD
        request = context.kit.writer.plan(batch, count, index, examples)
        planned.append(_Planned(request, index + 1, count, tuple(one.item for one in examples)))
    done.asked += missing
    return planned


async def _ask(
    context: Context, planned: Sequence[_Planned], done: _Round, meter: Meter, target: int
) -> dict[str, Settled]:
    """The paid answers by request; what brought none is noted in `done`."""
    kit, settings = context.kit, context.settings.annotator
    assert kit.connect is not None
    assert kit.rates is not None
    counts = {one.request.key: one.count for one in planned}
    settled: dict[str, Settled] = {}
    waiting: Counter[str] = Counter()
    lost: list[Outcome] = []

    def stop() -> bool:
        return context.control.should_halt() or any(one.extra.get("trouble") == Trouble.CONNECT for one in lost)

    client = kit.connect()
    try:
        async for outcome in submit(
            [one.request for one in planned],
            client=client,
            ledger=context.ledger,
            rates=kit.rates,
            concurrency=settings.concurrency,
            purpose=GENERATE,
            max_attempts=settings.attempts,
            stop=stop,
            unknown=settings.unknown,
        ):
            trouble = str(outcome.extra.get("trouble", ""))
            if outcome.settled is not None:
                settled[outcome.request.key] = outcome.settled
                meter.tell(len(done.kept) + sum(counts[key] for key in settled), target)
            elif outcome.failure == Failure.BUDGET:
                done.skipped += counts[outcome.request.key]
            elif trouble in (Unsent.RULING, Unsent.PROVIDER):
                waiting[trouble] += 1
            else:
                lost.append(outcome)
    finally:
        await client.close()
    if waiting[Unsent.RULING]:
        raise WaitingError(
            f"nobody knows whether {waiting[Unsent.RULING]} requests for sentences were billed: look at them with "
            "llmaaa budget DIR, say there whether to resend or skip them, then go on with llmaaa run"
        )
    if waiting[Unsent.PROVIDER]:
        raise WaitingError(
            f"{waiting[Unsent.PROVIDER]} requests for sentences are being asked by another project on the same ledger, "
            "and their answers will serve this one too: go on with llmaaa run when they are there"
        )
    if lost and not settled and not context.control.should_halt():
        raise AnnotatorError(
            f"the annotator keeps failing: {lost[-1].detail}; what it answered is kept, go on with llmaaa run"
        )
    done.unusable += len(lost)
    return settled


def _take(context: Context, one: _Planned, settled: Settled, known: _Known, done: _Round) -> None:
    """Keep the new sentences of an answer."""
    reader = SentencesReader(context.labels)
    writing = reader.sentences(settled.answer, one.request)
    context.ledger.parsed(settled.attempt, reader.parser, _record(writing), writing.failure)
    if writing.failure is not None:
        done.unusable += 1
        done.trouble = writing.detail
    done.dropped.update(writing.dropped)
    done.names += writing.names
    for written in writing.sentences[: one.count]:
        if not known.is_new(written.document.text):
            done.dropped[COPY] += 1
            continue
        answer = replace(written.answer, flags=flags(written.document, written.answer))
        request = one.request
        done.kept.append(Generated(written.document, answer, request.key, request.sample, one.number, one.shown))


def _record(writing: Writing) -> list[list[object]]:
    return [
        [one.document.text, [[span.span.start, span.span.end, span.span.label] for span in one.answer.spans]]
        for one in writing.sentences
    ]


def _finish(context: Context, number: int, source: str, done: _Round, cap_nanousd: int, seconds: float) -> bool:
    if not done.kept and done.skipped:
        raise BudgetError(f"{EXHAUSTED}; round {number} waits for it")
    if not done.kept and not items.labels_in_force(context.store):
        why = f": {done.trouble}" if done.trouble else ""
        raise AnnotatorError(
            f"the annotator keeps failing: none of the sentences that round {number} asked for can be used{why}; "
            "choose another annotator, then go on with llmaaa run"
        )
    detail = {
        "budget_skipped": done.skipped,
        "cap_nanousd": cap_nanousd,
        "written": len(done.kept),
        "asked": done.asked,
        "dropped": dict(done.dropped),
        "names": done.names,
        "unusable": done.unusable,
    }
    write_generated(context.store, number, source, context.kit.name, done.kept, seconds, detail)
    context.event("annotated", _sentence(context.kit.name, done), number)
    return bool(done.skipped)


def _sentence(name: str, done: _Round) -> str:
    """What came of a round's asking, in words."""
    left = [f"{count} {reason}" for reason, count in sorted(done.dropped.items())]
    if done.names:
        left.append(f"{done.names} single names that do not stand in their sentence")
    if done.unusable:
        left.append(f"{done.unusable} answers that cannot be used")
    text = f"{name} wrote {len(done.kept)} new sentences; {done.asked} were asked for in {done.requests} requests"
    if left:
        text += f"; left out: {', '.join(left)}"
    return text + (f"; {done.skipped} not asked: the budget is used up" if done.skipped else "")


def repeats_itself(context: Context, number: int) -> bool:
    """Whether a round of written sentences brought none."""
    noted = rounds.phase_detail(context.store, number, Phase.ANNOTATE)
    return noted.get("written") == 0
