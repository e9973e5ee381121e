"""Put a set of items to an annotator: plan, submit, read, and store every answer the moment it is paid for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..annotators.contracts import Bundle, Demonstration, Outcome, PlanItem, Request, Settled
from ..annotators.formats_readers import reader_for
from ..annotators.gold import GoldAnnotator
from ..annotators.retry import Unsent, held_back
from ..annotators.submit import submit
from ..annotators.suspicion import flags
from ..annotators.transport import Trouble
from ..core.annotation import ItemAnswer
from ..core.document import Document
from ..core.states import Failure, Kind, State
from ..errors import AnnotatorError, WaitingError
from ..store import items, replies, verdicts
from ..store.ahead import keys_ahead, planned_for
from ..store.database import Store
from . import economy, strays
from .annotator import AnnotatorKit
from .context import Context
from .progress import Meter

USABLE = (State.LABELLED, State.EMPTY)
HOPELESS = 20
"""So many failed answers without one usable between them, and the annotator is said to keep failing."""


@dataclass(frozen=True, slots=True)
class Group:
    """Items that share a request, and the demonstrations it shows, most similar last. Both are item ids.

    `as_of` is the seq up to which people's labels count on the demonstrations: they may change until a step resumes.
    """

    items: tuple[int, ...]
    demonstrations: tuple[int, ...] = ()
    as_of: int = 0


@dataclass
class Asking:
    """One set of items put to one annotator, and how it went.

    Attributes:
        number: the round, or None for items of no round.
        samples: usable answers wanted of every item.
        again: the one sample number that a person asks of each item, instead of those; {} for none.
        done: items that are answered for good, whatever samples are wanted now.
        skipped: items whose request did not fit under the cap.
        waiting: items whose last request may have been billed, and on which a person has to rule.
        elsewhere: items whose very question another project on the same ledger is asking now.
    """

    kit: AnnotatorKit
    number: int | None
    purpose: str
    groups: Sequence[Group]
    meter: Meter
    documents: Mapping[int, Document]
    samples: int = 1
    again: Mapping[int, int] = field(default_factory=dict)
    done: Collection[int] = ()
    skipped: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)
    elsewhere: set[int] = field(default_factory=set)
    failures_in_a_row: int = 0
    hopeless: str = ""
    lost: list[Outcome] = field(default_factory=list)
    shown: Mapping[tuple[int, int], Demonstration] = field(default_factory=dict)

    def open_samples(self, item: int, answers: Mapping[int, State], retries: int) -> list[int]:
        """Sample numbers to ask of an item now."""
        if self.again:
            return [self.again[item]] if self.again[item] not in answers else []
        return [] if item in self.done else open_samples(answers, self.samples, retries)

    def doublings(self, sample: int) -> int:
        """How often the room for an answer is doubled; what a person asks again gets twice the room."""
        return 1 if self.again else sample // self.samples


def asking(
    context: Context,
    kit: AnnotatorKit,
    number: int | None,
    purpose: str,
    groups: Sequence[Group],
    meter: Meter,
    *,
    samples: int = 1,
    again: Mapping[int, int] | None = None,
    done: Collection[int] = (),
) -> Asking:
    """An asking with its documents and demonstrations read from the store."""
    documents = items.documents(context.store, [item for group in groups for item in group.items])
    if any(document.never_send for document in documents.values()):
        raise AssertionError("a sentence marked never_send was picked to be asked about")
    shown = demonstrations(context.store, groups)
    return Asking(kit, number, purpose, groups, meter, documents, samples, again or {}, done, shown=shown)


def demonstrations(store: Store, groups: Sequence[Group]) -> dict[tuple[int, int], Demonstration]:
    """What the groups show, by the seq up to which a label counts and the item."""
    wanted: dict[int, set[int]] = {}
    for group in groups:
        wanted.setdefault(group.as_of, set()).update(group.demonstrations)
    found = {}
    for as_of, ids in wanted.items():
        texts = items.documents(store, ids)
        for item, labels in verdicts.shown_labels(store, ids, as_of).items():
            found[as_of, item] = Demonstration(item, texts[item], labels)
    return found


def ask_all(context: Context, asked: Asking) -> bool:
    """Ask until every item has its answers or was asked often enough; False where somebody halted it.

    Raises:
        AnnotatorError: the annotator keeps failing; what it answered is kept.
        WaitingError: nothing is left to do here until a provider's batch is ready or a person has ruled.
    """
    # A round may go on with another annotator: a label that the one before it gave is not bought again.
    labelled = {label.item for label in items.labels_in_force(context.store)} if asked.purpose == "annotate" else set()
    while True:
        seen = replies.answered(context.store, asked.documents, asked.kit.name)
        judged = set() if asked.again else verdicts.judged(context.store)
        wanted = {
            item: samples
            for item, answers in seen.items()
            if item not in asked.skipped | asked.waiting | asked.elsewhere | judged
            and (answers or item not in labelled)
            and (samples := asked.open_samples(item, answers, context.settings.annotator.retries))
        }
        _hold_back(context, asked, seen, wanted)
        asked.meter.tell(len(seen) - len(wanted), len(seen))
        if not wanted:
            break
        if context.control.should_halt():
            return False
        if asked.kit.kind is Kind.GOLD:
            _answer_from_gold(context, asked, [item for item in wanted if not seen[item]])
            break  # gold says the same, however often it is asked
        if _answer_copies(context, asked, wanted):
            continue
        requests = requests_of(asked, wanted)
        at_provider = strays.asked_otherwise(context, requests, wanted)
        if not at_provider:
            replies.map_requests(context.store, requests, asked.number, asked.purpose)
        asyncio.run(_submit(context, asked, at_provider or requests, new=not at_provider))
        _give_up_lost(context, asked)
        if asked.hopeless:  # said only now: what was in flight has come home
            raise AnnotatorError(
                f"the annotator keeps failing: {asked.hopeless}; what it answered is kept, go on with llmaaa run"
            )
    strays.settle_ended(context, asked.kit, asked.purpose, asked.meter)
    if asked.waiting:
        raise WaitingError(
            f"nobody knows whether the questions about {context.task.count(len(asked.waiting))} were billed: look at "
            "them with llmaaa budget DIR, say there whether to resend or skip them, then go on with llmaaa run"
        )
    if asked.elsewhere:
        raise WaitingError(
            f"{context.task.count(len(asked.elsewhere))} are being asked by another project on the same ledger, and "
            "its answers will serve this one too: go on with llmaaa run when they are there"
        )
    return True


def take_paid(context: Context, asked: Asking) -> None:
    """Store the answers to what was asked ahead of the round: they are paid, whatever has been decided since."""
    assert asked.number is not None
    planned = planned_for(context.store, asked.number)
    if planned is None or planned.annotator != asked.kit.name:
        return
    assert asked.kit.annotator is not None
    mine = asked.kit.annotator.provider, asked.kit.annotator.endpoint, asked.kit.annotator.model
    seen = replies.answered(context.store, asked.documents, asked.kit.name)
    for key in keys_ahead(context.store, list(asked.documents)):
        settled = context.ledger.settled(key)
        request = context.ledger.request(key, replies.items_of_request(context.store, key))
        if settled is None or request is None or (request.provider, request.endpoint, request.model) != mine:
            continue  # not paid, or asked of another, whom the run before this one had
        about = [item for item in request.items if item in seen and request.sample not in seen[item]]
        if about:
            replies.map_requests(context.store, [request], asked.number, asked.purpose)
            _read(context, asked, request, settled, about)


def _hold_back(
    context: Context, asked: Asking, seen: Mapping[int, Mapping[int, State]], wanted: dict[int, list[int]]
) -> None:
    """Take out items with a lost answer that must not be bought again: not under another sample number either."""
    rates = asked.kit.rates
    if rates is None or rates.declared_free:
        return
    failed = [item for item in wanted if State.FAILED in seen[item].values()]
    for item, keys in replies.failed_requests(context.store, failed, asked.kit.name).items():
        for key in keys:
            standing = context.ledger.standing(key)
            verdict = None if standing.settled else held_back(standing, context.settings.annotator.unknown)
            if verdict is not None and verdict.trouble != Unsent.PROVIDER:
                wanted.pop(item, None)
                if verdict.trouble == Unsent.RULING:
                    asked.waiting.add(item)


def open_samples(answers: Mapping[int, State], samples: int, retries: int) -> list[int]:
    """Sample numbers to ask of an item now, from what each sample so far came to.

    Every wave of `samples` numbers makes up for the failures of the one before, `retries` times at most.
    """
    missing = samples - sum(state in USABLE for state in answers.values())
    return [number for number in range(samples * (1 + retries)) if number not in answers][: max(0, missing)]


def requests_of(asked: Asking, wanted: Mapping[int, Sequence[int]]) -> list[Request]:
    """The requests for these items' samples; items of one group share one as long as they are at the same sample."""
    assert asked.kit.annotator is not None
    requests: list[Request] = []
    for sample in sorted({sample for samples in wanted.values() for sample in samples}):
        bundles = []
        for group in asked.groups:
            open_ones = [item for item in group.items if sample in wanted.get(item, ())]
            if open_ones:
                bundles.append(
                    Bundle(
                        tuple(PlanItem(item, asked.documents[item]) for item in open_ones),
                        tuple(
                            asked.shown[group.as_of, item]
                            for item in group.demonstrations
                            if (group.as_of, item) in asked.shown
                        ),
                    )
                )
        requests += asked.kit.annotator.plan(bundles, sample=sample, doublings=asked.doublings(sample))
    return requests


def _answer_from_gold(context: Context, asked: Asking, pending: Sequence[int]) -> None:
    gold = GoldAnnotator(asked.kit.name, items.gold_of(context.store, pending), context.labels)
    answers = gold.answers(PlanItem(item, asked.documents[item]) for item in pending)
    replies.write_answers(context.store, answers, kind=Kind.GOLD, annotator=asked.kit.name, number=asked.number)


def _answer_copies(context: Context, asked: Asking, wanted: Mapping[int, Sequence[int]]) -> bool:
    """Answer items whose very text was answered in an earlier round from that answer; True where there were any."""
    if asked.samples > 1:
        return False
    found = False
    never_asked = [item for item, samples in wanted.items() if samples == [0]]
    for item, key in replies.twins(context.store, never_asked, asked.kit.name).items():
        settled = context.ledger.settled(key)
        request = context.ledger.request(key, (*replies.items_of_request(context.store, key), item))
        if settled is None or request is None:
            continue
        replies.map_requests(context.store, [request], asked.number, asked.purpose)
        _read(context, asked, request, settled, [item])
        found = True
    return found


async def _submit(context: Context, asked: Asking, requests: Sequence[Request], *, new: bool) -> None:
    done = sum(bool(seen) for seen in replies.answered(context.store, asked.documents, asked.kit.name).values())
    async for outcome in outcomes(context, asked, requests, new):
        _take(context, asked, outcome)
        done += len(outcome.request.items)
        asked.meter.tell(min(done, len(asked.documents)), len(asked.documents))


async def outcomes(context: Context, asked: Asking, requests: Sequence[Request], new: bool) -> AsyncIterator[Outcome]:
    """Send what is not in the ledger; without `new` requests what is with the provider is collected, nothing sent."""
    kit, settings = asked.kit, context.settings.annotator
    assert kit.connect is not None
    assert kit.rates is not None

    def stop() -> bool:
        return context.control.should_halt() or bool(asked.hopeless)

    # What is with the provider already is waited for, also when economy was switched off meanwhile.
    under_way = {
        one.request.key for batch in context.ledger.open_batches(context.project.uuid) for one in batch.attempts
    }
    batched = [one for one in requests if kit.economy or one.key in under_way]
    single = [one for one in requests if not kit.economy and one.key not in under_way]
    if single:
        client = kit.connect()
        try:
            async for outcome in submit(
                single,
                client=client,
                ledger=context.ledger,
                rates=kit.rates,
                concurrency=settings.concurrency,
                purpose=asked.purpose,
                max_attempts=settings.attempts,
                stop=stop,
                unknown=settings.unknown,
            ):
                yield outcome
        finally:
            await client.close()
    if batched:
        if kit.batches is None:
            raise AnnotatorError(
                f"{len(batched)} requests are in a batch at their provider, and {kit.name} has no batches: "
                "go on with the annotator they were sent to"
            )
        async for outcome in economy.collect(
            batched,
            kit=kit,
            context=context,
            purpose=asked.purpose,
            meter=asked.meter,
            stop=stop,
            create=kit.economy and new,
        ):
            yield outcome


def _take(context: Context, asked: Asking, outcome: Outcome) -> None:
    """Read one outcome and store what it says about its items."""
    request = outcome.request
    about = [item for item in request.items if item in asked.documents]
    trouble = outcome.extra.get("trouble")
    if outcome.settled is not None:
        _read(context, asked, request, outcome.settled, about)
    elif outcome.failure == Failure.BUDGET:
        asked.skipped.update(about)
    elif trouble == Unsent.RULING:
        asked.waiting.update(about)
    elif trouble == Unsent.PROVIDER:
        asked.elsewhere.update(about)
    elif trouble in (Trouble.ITEM_REFUSED, Trouble.NOT_RECORDED, Unsent.OUTCOME):
        failure = Failure(outcome.failure or Failure.REJECTED)
        refused = ItemAnswer(State.FAILED, failure=failure, detail=outcome.detail)
        _store(context, asked, request, dict.fromkeys(about, refused))
    else:
        asked.lost.append(outcome)
        if trouble == Trouble.CONNECT or len(asked.lost) >= context.settings.annotator.concurrency:
            asked.hopeless = outcome.detail


def _read(context: Context, asked: Asking, request: Request, settled: Settled, about: Sequence[int]) -> None:
    """Read a stored answer, and store what it says about these items."""
    assert asked.kit.annotator is not None
    documents = items.documents(context.store, request.items)
    answers = asked.kit.annotator.read(settled.answer, request, documents)
    note_parse(context, settled.attempt, request, answers)
    flagged = {item: replace(answers[item], flags=flags(documents[item], answers[item])) for item in about}
    _store(context, asked, request, flagged)


def _store(context: Context, asked: Asking, request: Request, answers: Mapping[int, ItemAnswer]) -> None:
    replies.write_answers(
        context.store,
        answers,
        kind=asked.kit.kind,
        annotator=asked.kit.name,
        number=asked.number,
        request_key=request.key,
        sample=request.sample,
    )
    if any(answer.state in USABLE for answer in answers.values()):
        asked.failures_in_a_row = 0
        return
    asked.failures_in_a_row += 1
    if asked.failures_in_a_row >= HOPELESS:
        detail = next(iter(answers.values())).detail
        asked.hopeless = f"{HOPELESS} unusable answers in a row, the last: {detail}"


def note_parse(context: Context, attempt: int, request: Request, answers: Mapping[int, ItemAnswer]) -> None:
    """What was read out of a stored answer, beside it; it can be read again at any time."""
    result = {
        str(item): [
            *([one.span.start, one.span.end, one.span.label, one.rung] for one in answer.spans),
            *([one.label] for one in answer.classes),
        ]
        for item, answer in answers.items()
    }
    failure = next((str(answer.failure) for answer in answers.values() if answer.failure), None)
    context.ledger.parsed(attempt, reader_for(request.reader, context.labels).parser, result, failure)


def _give_up_lost(context: Context, asked: Asking) -> None:
    """Requests that never came back while others did fail alone; where none ever did, it is the annotator."""
    states = replies.answered(context.store, asked.documents, asked.kit.name)
    if asked.lost and not any(states.values()):
        asked.hopeless = asked.hopeless or asked.lost[-1].detail
    if not asked.hopeless:
        for outcome in asked.lost:
            gone = ItemAnswer(State.FAILED, failure=Failure.TRANSPORT, detail=outcome.detail)
            about = [item for item in outcome.request.items if item in asked.documents]
            _store(context, asked, outcome.request, dict.fromkeys(about, gone))
    asked.lost.clear()
