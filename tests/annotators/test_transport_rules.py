"""Addresses, error statuses and waits: the rules that need no network."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from llmaaa_tui.annotators.contracts import PlanItem
from llmaaa_tui.annotators.gold import GoldAnnotator
from llmaaa_tui.annotators.transport import ADVICE, RETRYABLE, Trouble, failure_class, of_status, retry_after
from llmaaa_tui.core.document import NOTHING, Document, Labels, Span
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import Failure, State
from llmaaa_tui.endpoint import address_of, is_local, normalise_base_url
from llmaaa_tui.errors import SettingsError


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (None, "https://api.openai.com/v1"),
        ("", "https://api.openai.com/v1"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/v1"),
        (" http://127.0.0.1:8000/v1/ ", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1/chat/completions", "http://127.0.0.1:8000/v1"),
        ("https://host.example/api/v3", "https://host.example/api/v3"),
        ("http://[::1]:11434", "http://[::1]:11434/v1"),
    ],
)
def test_addresses_are_brought_to_one_form(given: str | None, meant: str) -> None:
    assert normalise_base_url(given) == meant


@pytest.mark.parametrize(
    "address",
    ["localhost:8000", "ftp://host/v1", "http://", "http://me:pass-word@host/v1", "http://h/v1?key=pass-word"],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_secret(address: str) -> None:
    with pytest.raises(SettingsError, match="base_url") as caught:
        normalise_base_url(address)
    assert "pass-word" not in str(caught.value)


def test_a_server_without_an_address_is_never_taken_for_a_well_known_one() -> None:
    with pytest.raises(SettingsError, match="base_url: is empty"):
        address_of("compatible", " ")
    assert address_of("openai", "") == "https://api.openai.com/v1"
    assert address_of("anthropic", "") == "https://api.anthropic.com"


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("http://localhost:11434", True),
        ("http://127.0.0.2:1/v1", True),
        ("http://[::1]:1", True),
        ("http://192.168.1.5:8000", False),
        ("https://127.0.0.1.example.com", False),
        (None, False),
    ],
)
def test_this_machine_is_known(address: str | None, local: bool) -> None:
    assert is_local(address) is local


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 429])
def test_what_is_refused_before_the_model_is_not_billed(status: int) -> None:
    assert of_status(status, None)[1] is False


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 529])
def test_what_fails_behind_the_door_may_be_billed(status: int) -> None:
    trouble, billed = of_status(status, None)
    assert billed is None
    assert trouble in RETRYABLE


def test_no_credit_is_no_rate_limit() -> None:
    assert of_status(429, "insufficient_quota") == (Trouble.QUOTA, False)
    assert of_status(429, "rate_limit_exceeded") == (Trouble.RATE_LIMITED, False)
    assert Trouble.QUOTA in ADVICE


def test_a_text_too_long_concerns_that_text_alone() -> None:
    assert of_status(400, "context_length_exceeded")[0] not in ADVICE
    assert of_status(400, "unsupported_value")[0] in ADVICE


def test_no_trouble_is_both_retried_and_fatal() -> None:
    assert not RETRYABLE & ADVICE.keys()
    classes = {failure_class(trouble) for trouble in Trouble}
    assert classes == {Failure.TRANSPORT, Failure.REJECTED, Failure.NO_ANSWER}
    assert failure_class(Trouble.NOT_RECORDED) is Failure.NO_ANSWER


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Mon, 02 Nov 2026 00:01:00 GMT"}, 60.0),
        ({"retry-after": "Sun, 01 Nov 2026 00:00:00 GMT"}, 0.0),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
    ],
)
def test_waits_are_read_in_all_their_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, datetime(2026, 11, 2, tzinfo=UTC)) == seconds


def test_the_gold_annotator_knows_or_fails() -> None:
    gold = {
        1: Labels((Span(4, 6, "B"), Span(0, 6, "A"), Span(8, 9, "A"))),
        2: NOTHING,
        4: Labels(classes=("A",)),
        5: Labels(classes=("A", "rare")),
    }
    annotator = GoldAnnotator("gold", gold, LabelSet.of(("A", "B")))
    answers = annotator.answers([PlanItem(item, Document("irrelevant")) for item in (1, 2, 3, 4, 5)])
    assert [found.span for found in answers[1].spans] == [Span(0, 6, "A"), Span(4, 6, "B"), Span(8, 9, "A")]
    assert answers[2].state is State.EMPTY
    assert answers[3].failure is Failure.NO_ANSWER
    assert answers[4].labels == Labels(classes=("A",))
    assert answers[5].failure is Failure.UNKNOWN_LABEL
    assert "rare" in answers[5].detail


def test_planning_and_reading_load_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from llmaaa_tui.annotators import batches, gold, ground, llm, prices, prompt, recorded, submit, wires\n"
        "heavy = {'openai', 'anthropic', 'numpy', 'torch', 'httpx2', 'genai_prices', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
