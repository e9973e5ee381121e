"""Ask about the next batch while the student trains (`loop.ahead`), where its strategy does not need that student.

What comes in goes into the ledger alone, held and settled as ever, from a thread with connections of its own. The
round of these answers opens when its turn comes, takes the batch as it was planned, and finds them paid. So nothing
is read, counted or trained on before its time, and what a killed run has paid for is found by the next one.

Nothing is asked ahead unless the next round is certain to come and to ask just this: rounds are the only goal and not
reached by then, no person reviews between, nothing else is bought first (the annotator's measuring, labels asked once
more), and the whole batch fits under the cap at its worst. What goes wrong here is left to the round itself, which
asks again by its own rules; only what ends all asking (refused keys, a bill over its hold) ends the run, and after the
step that is under way.
"""

from __future__ import annotations

import asyncio
import threading

from ..acquisition.registry import get
from ..annotators.contracts import Request
from ..annotators.submit import submit
from ..core.states import Kind, Phase
from ..store import replies, rounds
from ..store.ahead import AHEAD, Planned, planned_for, write_planned
from ..store.ledger import LedgerStore
from . import review
from .annotate import ANNOTATE, groups_of
from .asking import asking, requests_of
from .context import Context
from .generate import SOURCES
from .goals import Goals
from .pick import batch_of, unseen


class Ahead:
    """The asking that goes on beside a training and the evaluation after it; one at a time."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._thread: threading.Thread | None = None
        self._halted = False
        self._error: Exception | None = None

    def begin(self, number: int) -> None:
        """Ask about the batch of the round after `number`, which is about to be trained, if that is safe."""
        context = self._context
        if self._thread is not None or not _certain(context, number):
            return
        planned = _plan(context, number + 1)
        requests = _requests(context, number + 1, planned)
        worst = sum(context.kit.worst(request) for request in requests)
        if not requests or worst > context.ledger.free():
            return
        replies.map_requests(context.store, requests, None, AHEAD)
        context.event(AHEAD, f"asking {len(requests)} questions of round {number + 1} meanwhile", number)
        self._halted = False
        self._thread = threading.Thread(target=self._work, args=(requests,), name=AHEAD)
        self._thread.start()

    def end(self) -> None:
        """Send nothing more, and wait for what is in flight.

        Raises:
            AnnotatorError: the server refuses in a way that every request would meet, or billed more than was held.
        """
        self.close()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def close(self) -> None:
        """The same, without a word about errors: the run ends with another one."""
        self._halted = True
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _work(self, requests: list[Request]) -> None:
        ledger = LedgerStore(self._context.paths.ledger(self._context.settings), self._context.project.uuid)
        try:
            asyncio.run(self._submit(requests, ledger))
        except Exception as error:
            self._error = error
        finally:
            ledger.close()

    async def _submit(self, requests: list[Request], ledger: LedgerStore) -> None:
        kit, settings, control = self._context.kit, self._context.settings.annotator, self._context.control
        assert kit.connect is not None
        assert kit.rates is not None
        client = kit.connect()
        try:
            async for outcome in submit(
                requests,
                client=client,
                ledger=ledger,
                rates=kit.rates,
                concurrency=settings.concurrency,
                purpose=ANNOTATE,
                max_attempts=settings.attempts,
                stop=lambda: self._halted or control.stopping or control.paused,
                unknown=settings.unknown,
            ):
                self._halted = self._halted or outcome.settled is None
        finally:
            await client.close()


def _certain(context: Context, number: int) -> bool:
    """Whether the round after `number` will come, and will ask what can be planned now."""
    loop, goals, kit = context.settings.loop, context.goals, context.kit
    measure = context.settings.teacher.measure
    return (
        loop.ahead
        and loop.source not in SOURCES
        and loop.review == review.NONE
        and not loop.reask
        and not get(loop.strategy).needs
        and kit.kind is Kind.LLM
        and not kit.economy
        and goals.rounds is not None
        and goals == Goals(rounds=goals.rounds)
        and number < goals.rounds
        and (measure == "none" or rounds.has_metric(context.store, "annotator", measure))
        and not rounds.phase_detail(context.store, number, Phase.ANNOTATE).get("budget_skipped")
    )


def _plan(context: Context, number: int) -> Planned:
    """The batch as its round would pick it; one that a killed run has planned is kept."""
    strategy, target, store = get(context.settings.loop.strategy), context.plan.size(number), context.store
    planned = planned_for(store, number)
    if planned is not None and (planned.strategy, planned.target, planned.annotator) == (
        strategy.name,
        target,
        context.kit.name,
    ):
        return planned
    selected = unseen(store, context.settings.project.seed, number, strategy.name, target)
    picked = tuple(batch_of(context, number, selected))
    write_planned(store, number, Planned(strategy.name, target, context.kit.name, picked))
    written = planned_for(store, number)
    assert written is not None
    return written


def _requests(context: Context, number: int, planned: Planned) -> list[Request]:
    """What the round will ask first of all, as far as it is not paid yet: later answers depend on the earlier ones."""
    samples = context.settings.annotator.samples
    groups = groups_of(planned.picked, planned.seq)
    asked = asking(context, context.kit, number, AHEAD, groups, context.meter(number, Phase.ANNOTATE), samples=samples)
    # The round answers these from an earlier answer about the same text.
    copies = replies.twins(context.store, asked.documents, context.kit.name) if samples == 1 else {}
    wanted = {item: range(samples) for item in asked.documents if item not in copies}
    return [one for one in requests_of(asked, wanted) if not context.ledger.standing(one.key).settled]
