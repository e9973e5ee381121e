"""The paid step: the cap holds, no answer is bought twice, every attempt ends once, nothing paid is lost."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from annotators.fault_server import EMPTY, INPUT_NANO, OUTPUT_NANO, PRICE, FaultServer
from annotators.memory_ledger import MemoryLedger
from hypothesis import given, settings
from hypothesis import strategies as st

from llmaaa_tui.annotators.contracts import Bundle, Outcome, PlanItem, Rates, RawAnswer, Request
from llmaaa_tui.annotators.llm import LlmAnnotator
from llmaaa_tui.annotators.openai_client import OpenAIClient
from llmaaa_tui.annotators.prompt import Prompt
from llmaaa_tui.annotators.submit import submit
from llmaaa_tui.annotators.traits import traits
from llmaaa_tui.core.document import Document
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import Failure, State
from llmaaa_tui.errors import AnnotatorError

RATES = Rates(INPUT_NANO, INPUT_NANO, INPUT_NANO, OUTPUT_NANO, source="test", as_of="")
USD = 1_000_000_000
PROMPT = Prompt("ner", LabelSet.of(("PER",)))
ANNOTATOR = LlmAnnotator("a", "compatible", "test", "m", PROMPT, traits("compatible", "m"), {})


def questions(count: int, more: str = "") -> list[Request]:
    texts = [f"Ali met friend {number}{more}" for number in range(count)]
    return ANNOTATOR.plan([Bundle((PlanItem(number, Document(text)),)) for number, text in enumerate(texts)])


def worst(request: Request) -> int:
    return RATES.worst(request.input_bound, request.output_bound)


async def bought(
    requests: Sequence[Request],
    server: FaultServer,
    ledger: MemoryLedger,
    *,
    concurrency: int = 8,
    max_attempts: int = 3,
    stop: Callable[[], bool] = lambda: False,
    timeout_s: float = 5.0,
) -> list[Outcome]:
    client = OpenAIClient(server.url, "sk-test", timeout_s)
    outcomes: list[Outcome] = []
    try:
        async for outcome in submit(
            requests,
            client=client,
            ledger=ledger,
            rates=RATES,
            concurrency=concurrency,
            purpose="annotate",
            max_attempts=max_attempts,
            stop=stop,
            backoff_s=0.01,
        ):
            outcomes.append(outcome)  # noqa: PERF401 - kept also when the iterator raises
    finally:
        await client.close()
        check(ledger, server)
    return outcomes


def check(ledger: MemoryLedger, server: FaultServer) -> None:
    assert not ledger.holds
    assert set(ledger.ends) == set(ledger.keys), "an attempt has no end"
    assert ledger.over_hold or ledger.spent + ledger.unconfirmed <= ledger.cap
    assert ledger.spent <= server.bill <= ledger.spent + ledger.unconfirmed


async def test_every_request_is_answered_and_paid_to_the_nano_dollar() -> None:
    async with FaultServer(latency_s=0.02) as server:
        ledger = MemoryLedger(cap=10 * USD)
        outcomes = await bought(questions(20), server, ledger, concurrency=4)
    assert sorted(outcome.request.items[0] for outcome in outcomes) == list(range(20))
    assert all(outcome.settled is not None and not outcome.reused for outcome in outcomes)
    assert ledger.spent == server.bill == 20 * PRICE
    assert server.busiest == 4


async def test_what_is_settled_is_never_sent_again() -> None:
    async with FaultServer() as server:
        ledger = MemoryLedger(cap=10 * USD)
        first = await bought(questions(5), server, ledger)
        again = await bought(questions(8), server, ledger)
    assert len(server.seen) == 8
    assert sum(outcome.reused for outcome in again) == 5
    answers = {outcome.request.key: outcome.settled for outcome in first}
    assert all(outcome.settled == answers[outcome.request.key] for outcome in again if outcome.reused)


async def test_identical_questions_are_asked_once() -> None:
    requests = [replace(questions(1)[0], items=(number,)) for number in range(3)]
    async with FaultServer(latency_s=0.05) as server:
        outcomes = await bought(requests, server, MemoryLedger(cap=10 * USD))
    assert len(server.seen) == 1
    assert sorted((outcome.request.items[0], outcome.reused) for outcome in outcomes) == [
        (0, False),
        (1, True),
        (2, True),
    ]


async def test_sixty_items_fit_under_a_cap_that_their_holds_do_not() -> None:
    requests = questions(60, more=" and nobody else" * 100)
    assert sum(map(worst, requests)) > 3 * USD
    async with FaultServer(latency_s=0.01) as server:
        ledger = MemoryLedger(cap=1 * USD)
        outcomes = await bought(requests, server, ledger, concurrency=64)
    assert [outcome.failure for outcome in outcomes] == [None] * 60
    assert ledger.spent == server.bill == 60 * PRICE
    assert ledger.denied > 0


async def test_when_nothing_is_out_and_nothing_fits_the_rest_is_skipped() -> None:
    requests = questions(10)
    async with FaultServer() as server:
        ledger = MemoryLedger(cap=worst(requests[0]) + 4 * PRICE)
        outcomes = await bought(requests, server, ledger, concurrency=64)
    skipped = [outcome for outcome in outcomes if outcome.failure == Failure.BUDGET]
    assert len(server.seen) == 5
    assert len(skipped) == 5
    assert all(outcome.settled is None and "does not fit" in outcome.detail for outcome in skipped)
    assert ledger.spent == server.bill == 5 * PRICE


async def test_holds_of_another_process_are_waited_for() -> None:
    requests = questions(1)
    async with FaultServer() as server:
        ledger = MemoryLedger(cap=worst(requests[0]), unconfirmed=1, foreign=1)

        async def come_home() -> None:
            await asyncio.sleep(0.3)
            ledger.unconfirmed, ledger.foreign = 0, 0

        other = asyncio.create_task(come_home())
        outcomes = await bought(requests, server, ledger)
        await other
    assert outcomes[0].settled is not None


@pytest.mark.parametrize("fault", ["429", "500", "503", "reset", "truncated"])
async def test_a_passing_trouble_is_tried_again_under_a_new_hold(fault: str) -> None:
    async with FaultServer(script=[fault, fault]) as server:
        ledger = MemoryLedger(cap=10 * USD)
        outcomes = await bought(questions(1), server, ledger)
    assert len(server.seen) == 3
    assert outcomes[0].settled is not None
    assert outcomes[0].extra["attempts"] == 3
    ends = list(ledger.ends.values())
    assert ends == [*(["released"] if fault == "429" else ["unconfirmed"]) * 2, "settled"]


async def test_a_trouble_that_stays_ends_after_the_last_attempt() -> None:
    async with FaultServer(default="500") as server:
        ledger = MemoryLedger(cap=10 * USD)
        outcomes = await bought(questions(2), server, ledger, max_attempts=2)
    assert len(server.seen) == 4
    assert {outcome.failure for outcome in outcomes} == {Failure.REJECTED}
    assert {outcome.extra["trouble"] for outcome in outcomes} == {"http_5xx"}
    assert ledger.unconfirmed == sum(2 * worst(outcome.request) for outcome in outcomes)


async def test_an_answer_that_never_comes_keeps_its_hold() -> None:
    async with FaultServer(default="hang") as server:
        ledger = MemoryLedger(cap=10 * USD)
        [outcome] = await bought(questions(1), server, ledger, max_attempts=1, timeout_s=0.2)
    assert (outcome.failure, outcome.extra["trouble"]) == (Failure.TRANSPORT, "timeout_total")
    assert ledger.unconfirmed == worst(outcome.request) >= server.bill == PRICE


async def test_a_closed_door_frees_every_hold() -> None:
    async with FaultServer() as server:
        pass
    ledger = MemoryLedger(cap=1 * USD)
    outcomes = await bought(questions(3), server, ledger, max_attempts=2)
    assert {outcome.failure for outcome in outcomes} == {Failure.TRANSPORT}
    assert (ledger.spent, ledger.unconfirmed, len(ledger.ends)) == (0, 0, 6)


@pytest.mark.parametrize("fault", ["quota", "400", "401", "403", "404", "307", "429_long"])
async def test_a_trouble_that_all_would_meet_stops_at_once(fault: str) -> None:
    async with FaultServer(default=fault) as server:
        ledger = MemoryLedger(cap=100 * USD)
        with pytest.raises(AnnotatorError) as caught:
            await bought(questions(30), server, ledger, concurrency=2)
    assert len(server.seen) <= 2
    assert (ledger.spent, ledger.unconfirmed) == (0, 0)
    assert str(caught.value).startswith("test (m): HTTP ")
    assert "sk-test" not in str(caught.value) + str(ledger.failures) + str(ledger.refusals)


async def test_what_is_in_flight_comes_home_before_a_stop_is_reported() -> None:
    async with FaultServer(script=["ok", "ok", "401"], latency_s=0.2) as server:
        ledger = MemoryLedger(cap=100 * USD)
        with pytest.raises(AnnotatorError):
            await bought(questions(9), server, ledger, concurrency=3)
    assert sorted(ledger.ends.values()) == ["released", "released", "settled", "settled"]
    assert len(server.seen) == 3, "what was held ahead was not sent"


async def test_a_refused_text_is_refused_alone() -> None:
    async with FaultServer(script=["too_long"]) as server:
        outcomes = await bought(questions(3), server, MemoryLedger(cap=10 * USD), concurrency=1)
    assert [outcome.failure for outcome in outcomes] == [Failure.REJECTED, None, None]


async def test_a_bill_over_its_hold_is_stored_and_stops_all_sending() -> None:
    request = questions(1)[0]
    usage = {"prompt_tokens": request.input_bound, "completion_tokens": 10 * request.output_bound}
    async with FaultServer(usage=usage) as server:
        ledger = MemoryLedger(cap=10 * USD)
        with pytest.raises(AnnotatorError, match="more than"):
            await bought(questions(9), server, ledger, concurrency=1)
    assert len(server.seen) == 1
    assert ledger.spent == server.bill > worst(request)


async def test_a_bill_that_is_not_said_keeps_its_hold_beside_the_answer() -> None:
    async with FaultServer(default="missing_usage") as server:
        ledger = MemoryLedger(cap=10 * USD)
        client = OpenAIClient(server.url, "", 5.0)
        stream = submit(
            questions(1), client=client, ledger=ledger, rates=RATES, concurrency=1, purpose="annotate",
            max_attempts=1, stop=lambda: False,
        )  # fmt: skip
        [outcome] = [outcome async for outcome in stream]
        await client.close()
    usage = ledger.usages[1]
    assert usage is not None
    assert usage.source == "estimated"
    assert outcome.settled is not None
    assert (ledger.spent, outcome.settled.cost_nanousd) == (0, 0)
    assert ledger.unconfirmed == worst(outcome.request) >= server.bill > 0


async def test_stop_admits_nothing_more_and_drains() -> None:
    ledger = MemoryLedger(cap=100 * USD)
    async with FaultServer(latency_s=0.05) as server:
        outcomes = await bought(questions(20), server, ledger, concurrency=3, stop=lambda: len(ledger.ends) >= 3)
    assert len(outcomes) == len(server.seen) == len(ledger.answers) <= 5


async def test_leaving_early_keeps_what_is_in_flight_as_unconfirmed() -> None:
    ledger = MemoryLedger(cap=100 * USD)
    async with FaultServer(script=["ok"], default="hang") as server:
        client = OpenAIClient(server.url, "", 5.0)
        stream = submit(
            questions(4), client=client, ledger=ledger, rates=RATES, concurrency=4, purpose="annotate",
            max_attempts=1, stop=lambda: False,
        )  # fmt: skip
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        await client.close()
    assert sorted(ledger.ends.values()) == ["settled", "unconfirmed", "unconfirmed", "unconfirmed"]
    check(ledger, server)


@pytest.mark.parametrize("ticks", range(12))
async def test_leaving_at_any_moment_leaves_no_hold_behind(ticks: int) -> None:
    ledger = MemoryLedger(cap=100 * USD)
    async with FaultServer(latency_s=0.02) as server:
        client = OpenAIClient(server.url, "", 5.0)
        stream = submit(
            questions(30), client=client, ledger=ledger, rates=RATES, concurrency=8, purpose="annotate",
            max_attempts=1, stop=lambda: False,
        )  # fmt: skip
        task = asyncio.ensure_future(anext(stream))
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await stream.aclose()  # type: ignore[attr-defined]
        await client.close()
    check(ledger, server)


async def test_a_wait_the_server_asks_for_holds_everybody_back() -> None:
    async with FaultServer(script=["429"]) as server:
        started = time.monotonic()
        outcomes = await bought(questions(3), server, MemoryLedger(cap=10 * USD), concurrency=1)
        assert time.monotonic() - started >= 0.03
    assert all(outcome.settled for outcome in outcomes)


async def test_the_bytes_are_settled_before_anything_reads_them() -> None:
    """Whatever the body holds, it is in the ledger as it came, and its reading is a failure, never empty."""
    faults = ["html", "bad_json", "null_choices", "length", "refusal", "content_filter", "missing_usage"]
    async with FaultServer(script=faults.copy(), content=lambda body: '{"1":[]}') as server:
        ledger = MemoryLedger(cap=10 * USD)
        outcomes = await bought(questions(7), server, ledger, concurrency=1)
    states: list[tuple[State, Failure | None]] = []
    for outcome in outcomes:
        assert outcome.settled is not None
        assert outcome.settled.answer.body == ledger.answers[outcome.request.key].answer.body
        item = outcome.request.items[0]
        answer = ANNOTATOR.read(outcome.settled.answer, outcome.request, {item: Document("x")})[item]
        states.append((answer.state, answer.failure))
    assert states == [
        (State.FAILED, Failure.NOT_JSON),
        (State.FAILED, Failure.NOT_JSON),
        (State.FAILED, Failure.NO_ANSWER),
        (State.FAILED, Failure.CUT_OFF),
        (State.FAILED, Failure.REFUSAL),
        (State.FAILED, Failure.REFUSAL),
        (State.EMPTY, None),
    ]


async def test_from_sentence_to_spans_over_the_wire() -> None:
    def model(body: dict[str, Any]) -> str:
        line = next(line for line in body["messages"][-1]["content"].splitlines() if line.startswith("1: "))
        return json.dumps({"1": [f"PER: {json.loads(line.removeprefix('1: ')).split()[0]}"]})

    async with FaultServer(content=model, default="prose") as server:
        [outcome] = await bought(questions(1), server, MemoryLedger(cap=10 * USD))
    assert outcome.settled is not None
    answer = ANNOTATOR.read(outcome.settled.answer, outcome.request, {0: Document("Ali met friend 0")})[0]
    assert [(found.span.start, found.span.end, found.span.label) for found in answer.spans] == [(0, 3, "PER")]


class BrokenClient:
    """A client with a fault of its own."""

    async def send(self, body: Any) -> RawAnswer:
        raise ZeroDivisionError("ours")

    async def close(self) -> None: ...


async def test_a_fault_of_ours_is_raised_and_its_hold_kept() -> None:
    ledger = MemoryLedger(cap=10 * USD)
    stream = submit(
        questions(2), client=BrokenClient(), ledger=ledger, rates=RATES, concurrency=1, purpose="annotate",
        max_attempts=3, stop=lambda: False,
    )  # fmt: skip
    with pytest.raises(ZeroDivisionError):
        [outcome async for outcome in stream]
    assert list(ledger.ends.values()) == ["unconfirmed", "released"]
    assert ledger.failures[1] == ("not_sent", "its money was held, but it was not sent")


FAULTS = ["ok", "ok", "ok", "429", "500", "503", "reset", "truncated", "html", "bad_json", "missing_usage", "too_long"]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), cap=st.integers(0, 40), concurrency=st.integers(1, 16))
def test_the_invariants_hold_under_any_faults(seed: int, cap: int, concurrency: int) -> None:
    script = random.Random(seed).choices(FAULTS, k=40)

    async def go() -> None:
        requests = questions(12)
        async with FaultServer(script=script) as server:
            ledger = MemoryLedger(cap=cap * worst(requests[0]) // 2)
            outcomes = await bought(requests, server, ledger, concurrency=concurrency)
        assert sorted(outcome.request.items[0] for outcome in outcomes) == list(range(12))
        settled = [key for attempt, key in ledger.keys.items() if ledger.ends[attempt] == "settled"]
        assert len(settled) == len(set(settled))

    asyncio.run(go())


def test_the_server_of_these_tests_bills_what_they_assume() -> None:
    assert PRICE == USD * 6 // 1000
    assert json.loads(EMPTY) == {"entities": []}
