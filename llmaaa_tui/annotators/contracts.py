"""The seam of an annotator: plan → submit → collect → read, and the ledger the paid step writes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from ..core.annotation import ItemAnswer
from ..core.document import Document, Labels
from ..core.exchange import RawAnswer as RawAnswer
from ..core.exchange import Request as Request
from ..core.exchange import Settled as Settled
from ..core.exchange import Usage as Usage
from ..core.standing import Standing as Standing

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One item to ask about; `item` is its id in the store."""

    item: int
    document: Document


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A gold item shown in a prompt."""

    item: int
    document: Document
    labels: Labels


@dataclass(frozen=True, slots=True)
class Bundle:
    """Items that share a request, and the demonstrations it shows, the most similar last."""

    items: tuple[PlanItem, ...]
    demonstrations: tuple[Demonstration, ...] = ()


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices in nano-USD per token, with where they come from and as of when.

    Attributes:
        input: of a token that no cache knows.
        cached: of one read from a cache.
        cache_write: of one written into a cache, for the usual few minutes.
        output: of one the model wrote or thought.
        source: the file or the table, with its version.
        as_of: ISO date of the prices where it is known, else words.
        above: (n, rates): requests with more than n input tokens are billed at those rates altogether.
        cache_write_1h: of one written for an hour; None: as `cache_write`.
        batch: what the provider's batch API charges; None: not known, so it cannot be used.
    """

    input: int
    cached: int
    cache_write: int
    output: int
    source: str
    as_of: str
    declared_free: bool = False
    above: tuple[int, Rates] | None = None
    cache_write_1h: int | None = None
    batch: Rates | None = None

    @property
    def _hour(self) -> int:
        return self.cache_write if self.cache_write_1h is None else self.cache_write_1h

    def worst(self, input_tokens: int, output_tokens: int) -> int:
        """The most a request of at most this size can cost, in nano-USD."""
        dearest = max(self.input, self.cached, self.cache_write, self._hour)
        most = dearest * input_tokens + self.output * output_tokens
        if self.above is not None and input_tokens > self.above[0]:
            most = max(most, self.above[1].worst(input_tokens, output_tokens))
        return most

    def cost(self, usage: Usage) -> int:
        """What this usage costs, in nano-USD."""
        if self.above is not None and usage.input > self.above[0]:
            return self.above[1].cost(usage)
        plain = usage.input - usage.cached - usage.cache_write
        minutes = usage.cache_write - usage.cache_write_1h
        return (
            plain * self.input
            + usage.cached * self.cached
            + minutes * self.cache_write
            + usage.cache_write_1h * self._hour
            + usage.output * self.output
        )


class Book(Protocol):
    """What is written about money, inside a transaction."""

    def hold_each(self, wanted: Sequence[tuple[Request, int]], purpose: str) -> list[int]:
        """Hold the worst cases in their order and note an attempt each; the ids of those that were held.

        It ends at the first that does not fit under the cap now, or that must not be sent because it is settled or
        under way already; so the list may be shorter than what was wanted.
        """

    def settle(self, attempt: int, answer: RawAnswer, usage: Usage | None, cost_nanousd: int) -> None:
        """Store the raw bytes and the price together; never refuses a paid answer.

        Where the provider did not say its bill (`usage` is None or estimated) nothing is booked as spent, and the
        whole hold stays, as unconfirmed.
        """

    def release(self, attempt: int, failure: str, detail: str, answer: RawAnswer | None = None) -> None:
        """The attempt certainly cost nothing (connection refused, 4xx): free its hold."""

    def unknown(self, attempt: int, failure: str, detail: str) -> None:
        """Nobody knows whether the attempt was billed: its hold stays, as unconfirmed."""


class Ledger(Protocol):
    """Where money is held and answers are kept; the store implements it."""

    async def together(self, entry: Callable[[Book], T]) -> T:
        """Make an entry in the next commit, which the entries of many calls share; returns once it is on the disk.

        An entry may be run again, in a transaction of its own, when another of its group fails. It is made even
        when the one who waits for it is cancelled.
        """

    def standing(self, key: str) -> Standing:
        """Where a request stands: settled, under way, unknown, or never sent."""

    def outstanding(self) -> int:
        """How many holds are out now, of everybody; without those in provider batches, which take hours."""

    def free(self) -> int:
        """Nano-USD left under the cap for further holds."""


class Client(Protocol):
    """Sends one request and gives the bytes back; knows nothing of tasks or money."""

    async def send(self, request: Request) -> RawAnswer:
        """One HTTP exchange, no retry, no redirect, a total time limit.

        Raises:
            SendError: nothing usable came back.
        """

    async def close(self) -> None:
        """Close the connections."""


class SendError(Exception):
    """No answer.

    Args:
        failure: the class, one of `transport.Trouble`.
        detail: one sentence without key or headers.
        billed: False only when the request certainly never reached the model; None where nobody knows.
        answer: what the server sent instead of an answer, where it sent something.
        retry_after: seconds the server asks to wait.
    """

    def __init__(
        self,
        failure: str,
        detail: str,
        *,
        billed: bool | None,
        answer: RawAnswer | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.failure = failure
        self.detail = detail
        self.billed = billed
        self.answer = answer
        self.retry_after = retry_after


class Annotator(Protocol):
    """Plans requests and reads answers; both are pure."""

    name: str

    def plan(self, groups: Sequence[Bundle], *, sample: int = 0, doublings: int = 0) -> list[Request]:
        """Requests for these groups, for the sample of that number, with the room for answers doubled so often."""

    def read(self, answer: RawAnswer, request: Request, documents: Mapping[int, Document]) -> dict[int, ItemAnswer]:
        """Every item of the request gets an answer: labelled, empty or failed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `submit` reports for one request: an answer, or the failure class it ended with.

    Attributes:
        settled: the stored answer, or None.
        failure: a value of `core.states.Failure` where there is no answer.
        reused: the answer was there already; nothing was sent for this request.
        extra: `attempts` made now, and the finer class of a failure as `trouble`.
    """

    request: Request
    settled: Settled | None
    failure: str | None = None
    detail: str = ""
    reused: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)
