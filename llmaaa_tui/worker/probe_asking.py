"""Put the questions of leakage probes to the annotator: held, paid and kept like any other, and never paid twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ..annotators.contracts import Outcome, Request
from ..annotators.submit import submit
from ..annotators.transport import Trouble
from ..core.states import Failure
from ..store.leakage_rows import write_probes
from ..store.ledger import LedgerStore
from .annotator import AnnotatorKit
from .context import Context
from .probing import Put

LEAKAGE = "leakage"
"""The purpose of all that is spent on probes."""


@dataclass
class Asked:
    """How the asking went, by request key.

    Attributes:
        settled: answered and paid.
        failed: they were asked, and there is no answer; with the reason.
        skipped: they did not fit under the cap.
        unreachable: why the annotator could not be reached at all, which ends the asking.
    """

    settled: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    unreachable: str = ""


def unpaid(ledger: LedgerStore, puts: Iterable[Put]) -> dict[str, Request]:
    """The requests that are not answered yet, each once."""
    requests = {put.request.key: put.request for put in puts}
    return {key: one for key, one in requests.items() if not ledger.standing(key).settled}


def worst(kit: AnnotatorKit, requests: Iterable[Request]) -> int:
    """What these can cost at most, in nano-USD; they are sent one by one, not through the batch API."""
    assert kit.rates is not None
    return sum(kit.rates.worst(one.input_bound, one.output_bound) for one in requests)


def ask(context: Context, puts: Sequence[Put], tell: Callable[[int, int, str], None]) -> Asked:
    """Note the questions, and ask those that are not answered yet; ends early where somebody halts it.

    Args:
        tell: is called with how many are done, of how many, and the probe of the newest.

    Raises:
        AnnotatorError: the annotator refuses in a way that every question would meet, or billed more than was held.
    """
    write_probes(context.store, [put.row for put in puts])
    asked = Asked()
    asyncio.run(_ask(context, puts, asked, tell))
    return asked


async def _ask(context: Context, puts: Sequence[Put], asked: Asked, tell: Callable[[int, int, str], None]) -> None:
    kit, settings = context.kit, context.settings.annotator
    assert kit.connect is not None
    assert kit.rates is not None
    named = {put.request.key: put.row.probe for put in puts}

    def stop() -> bool:
        return context.control.should_halt() or bool(asked.unreachable)

    client = kit.connect()
    try:
        async for outcome in submit(
            [put.request for put in puts],
            client=client,
            ledger=context.ledger,
            rates=kit.rates,
            concurrency=settings.concurrency,
            purpose=LEAKAGE,
            max_attempts=settings.attempts,
            stop=stop,
            unknown=settings.unknown,
        ):
            _note(outcome, asked)
            if outcome.extra.get("trouble") == Trouble.CONNECT:
                asked.unreachable = outcome.detail
            done = len(asked.settled) + len(asked.failed) + len(asked.skipped)
            tell(min(done, len(named)), len(named), f"probe {named[outcome.request.key]}")
    finally:
        await client.close()


def _note(outcome: Outcome, asked: Asked) -> None:
    key = outcome.request.key
    if outcome.settled is not None:
        asked.settled.add(key)
    elif outcome.failure == Failure.BUDGET:
        asked.skipped.add(key)
    else:
        asked.failed[key] = outcome.detail
