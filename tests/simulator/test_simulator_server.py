"""The simulator as its clients see it: a real process, the real SDK, raw sockets where the SDK is too polite."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import openai
import pytest
from support import llmaaa

from llmaaa_tui.core.document import Span
from llmaaa_tui.formats.read import read_ner
from llmaaa_tui.simulator.rates import RATES

Start = Callable[..., Any]


def prompt(text: str) -> list[Any]:
    """A prompt with a demonstration of another sentence before the one asked about."""
    shown = json.dumps("Nothing much happened at the market .")
    asked = json.dumps(text, ensure_ascii=False)
    content = (
        f'Text: {shown}\nAnswer: {{"entities":[]}}\n\nText: {asked}\n\nAnswer as one JSON object {{"entities":[…]}}.'
    )
    return [{"role": "system", "content": "You list named entities."}, {"role": "user", "content": content}]


async def ask(simulator: Any, *texts: str, **body: Any) -> list[Any]:
    """Completions of these texts, all asked at once."""
    async with openai.AsyncOpenAI(base_url=simulator.base_url, api_key="none", max_retries=0) as client:
        return await asyncio.gather(
            *(
                client.chat.completions.create(**{"model": simulator.model, "messages": prompt(text), **body})
                for text in texts
            )
        )


def texts_of(gold: Path) -> list[str]:
    return [record.document.text for record in read_ner(gold).records]


def spans_of(text: str, content: str) -> list[Span]:
    """Spans of an answer, found by counting whole words alone."""
    spans = []
    for entity in json.loads(content)["entities"]:
        words, places = entity["text"].split(" "), []
        tokens = text.split(" ")
        for index in range(len(tokens)):
            if tokens[index : index + len(words)] == words:
                start = len(" ".join(tokens[:index])) + (index > 0)
                places.append(start)
        start = places[entity["occurrence"] - 1]
        spans.append(Span(start, start + len(entity["text"]), entity["type"]))
    return spans


async def test_exact_answers_are_the_gold_also_where_names_nest_and_repeat(
    simulator: Start, gold: Path, nested: Path
) -> None:
    server = simulator("--profile", "exact")
    records = [*read_ner(gold).records, *read_ner(nested).records]
    answers = await ask(server, *(record.document.text for record in records))
    for record, answer in zip(records, answers, strict=True):
        content = answer.choices[0].message.content
        assert spans_of(record.document.text, content) == sorted(record.gold.spans if record.gold else ())
        assert answer.choices[0].finish_reason == "stop"
    said = [(one["text"], one["occurrence"]) for one in json.loads(answers[-1].choices[0].message.content)["entities"]]
    assert said == [("Bank of Mali", 1), ("Mali", 1), ("Mali", 2), ("Mali", 3)]


async def test_usage_adds_up_and_the_bill_is_its_price(simulator: Start, gold: Path) -> None:
    server = simulator("--profile", "llama-2-70b")
    answers = await ask(server, *texts_of(gold)[:5])
    rate, price = RATES["llama-2-70b"], 0
    for answer in answers:
        usage = answer.usage
        assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
        assert usage.prompt_tokens_details.cached_tokens == usage.completion_tokens_details.reasoning_tokens == 0
        price += rate.input_nanousd * usage.prompt_tokens + rate.output_nanousd * usage.completion_tokens
    assert server.bill() == {"requests": 5, "bill_nanousd": price, "repeated": 0, "batch_requests": 0}
    models = server.get("/v1/models")["data"]
    assert [model["id"] for model in models] == [answers[0].model] == ["simulated-llama-2-70b"]


async def test_a_body_billed_before_is_counted_as_repeated_and_paid_again(simulator: Start, gold: Path) -> None:
    server = simulator()
    first, second = texts_of(gold)[:2]
    await ask(server, first)
    once = server.bill()["bill_nanousd"]
    await ask(server, first)
    assert server.bill() == {"requests": 2, "bill_nanousd": 2 * once, "repeated": 1, "batch_requests": 0}
    await ask(server, first, seed=1)
    await ask(server, second)
    assert server.bill()["repeated"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_bill_seed_port_and_answers_survive_a_restart(
    simulator: Start, gold: Path, number: signal.Signals
) -> None:
    texts = texts_of(gold)[:30]
    before = simulator("--profile", "llama-2-70b", "--seed", "41")
    answers = await ask(before, *texts)
    bill = before.bill()
    assert before.end(number) == (0 if number == signal.SIGTERM else -number)
    after = simulator()
    assert {**after.line, "pid": 0} == {**before.line, "pid": 0}
    assert after.bill() == bill
    again = await ask(after, *texts)
    assert [one.choices for one in again] == [one.choices for one in answers]
    assert after.bill()["repeated"] == 30


async def test_another_seed_makes_other_errors(simulator: Start, gold: Path, tmp_path: Path) -> None:
    texts = texts_of(gold)
    one = await ask(simulator("--profile", "llama-2-70b", "--seed", "1"), *texts)
    other = await ask(simulator("--profile", "llama-2-70b", "--seed", "2", "--state", tmp_path / "other.db"), *texts)
    same = sum(a.choices[0].message.content == b.choices[0].message.content for a, b in zip(one, other, strict=True))
    assert same < 30


async def test_asked_again_with_another_sample_index_most_of_the_answer_stays(simulator: Start, gold: Path) -> None:
    server = simulator("--profile", "gpt-4-turbo")
    texts = texts_of(gold)
    samples = []
    for sample in (0, 1, 0):
        answers = [answer.choices[0].message.content for answer in await ask(server, *texts, seed=sample)]
        samples.append(answers)
    assert samples[0] == samples[2] != samples[1]
    first, second = (
        {(text, entity) for text, answer in zip(texts, said, strict=True) for entity in answer.split("},{")}
        for said in samples[:2]
    )
    assert 0.8 < 2 * len(first & second) / (len(first) + len(second)) < 1


async def test_a_taken_port_is_given_up_for_another(simulator: Start) -> None:
    first = simulator()
    port = urlsplit(first.base_url).port
    first.end()
    with socket.create_server(("127.0.0.1", port or 0)):
        second = simulator()
        assert urlsplit(second.base_url).port != port
        assert second.bill()["requests"] == 0


async def test_a_text_without_gold_is_refused_and_costs_nothing(simulator: Start) -> None:
    server = simulator()
    with pytest.raises(openai.BadRequestError, match="the simulator has no gold for this text") as caught:
        await ask(server, "A sentence that no gold file holds .")
    assert caught.value.code == "no_gold"
    assert server.bill() == {"requests": 0, "bill_nanousd": 0, "repeated": 0, "batch_requests": 0}


async def test_other_models_streams_and_choices_are_refused_in_a_sentence(simulator: Start, gold: Path) -> None:
    server = simulator("--profile", "exact")
    text = texts_of(gold)[0]
    with pytest.raises(openai.NotFoundError, match="this simulator serves simulated-exact"):
        await ask(server, text, model="gpt-4-turbo")
    with pytest.raises(openai.BadRequestError, match="does not stream"):
        await ask(server, text, stream=True)
    with pytest.raises(openai.BadRequestError, match="one choice a request"):
        await ask(server, text, n=2)
    with pytest.raises(openai.BadRequestError, match="messages holds no message of role user"):
        await ask(server, text, messages=[{"role": "system", "content": text}])
    with pytest.raises(openai.BadRequestError, match="seed must be an integer"):
        await ask(server, text, extra_body={"seed": "one"})
    assert server.bill()["requests"] == 0


async def test_an_answer_longer_than_its_limit_is_cut_off_there(simulator: Start, nested: Path) -> None:
    server = simulator("--profile", "exact")
    [answer] = await ask(server, texts_of(nested)[0], max_completion_tokens=10)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 10
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.choices[0].message.content)


async def test_answers_wait_out_the_latency_side_by_side(simulator: Start, gold: Path) -> None:
    server = simulator("--latency-ms", "400")
    began = time.monotonic()
    await ask(server, *texts_of(gold)[:40])
    assert 0.4 <= time.monotonic() - began < 4


def send(server: Any, head: str, body: bytes = b"") -> socket.socket:
    address = urlsplit(server.base_url)
    connection = socket.create_connection((address.hostname or "", address.port or 0), timeout=10)
    connection.sendall(head.replace("\n", "\r\n").encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def body_of(server: Any, text: str) -> bytes:
    return json.dumps({"model": server.model, "messages": prompt(text)}).encode()


def test_a_client_that_hung_up_is_billed_all_the_same(simulator: Start, gold: Path) -> None:
    server = simulator("--latency-ms", "300")
    send(server, "POST /v1/chat/completions HTTP/1.1\nHost: x\n", body_of(server, texts_of(gold)[0])).close()
    deadline = time.monotonic() + 5
    while server.bill()["requests"] == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.4)
    assert server.bill()["requests"] == 1
    assert server.process.poll() is None


def test_told_to_end_it_still_sends_the_answer_that_is_under_way(simulator: Start, gold: Path) -> None:
    server = simulator("--latency-ms", "500")
    head = "POST /v1/chat/completions HTTP/1.1\nHost: x\nConnection: close\n"
    with send(server, head, body_of(server, texts_of(gold)[0])) as connection:
        time.sleep(0.2)
        assert server.end() == 0
        with connection.makefile("rb") as answer:
            assert answer.readline() == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("head", "status", "words"),
    [
        ("POST /v1/chat/completions HTTP/1.1\n", 400, "the body is not JSON"),
        ("POST /v1/chat/completions HTTP/1.1\nTransfer-Encoding: chunked\n", 411, "Content-Length"),
        ("GET /v1/chat/completions HTTP/1.1\n", 405, "GET is not for"),
        ("POST /v1/embeddings HTTP/1.1\n", 404, "there is nothing at /v1/embeddings"),
        ("HELLO\n", 400, "request line"),
    ],
)
def test_what_is_no_request_gets_an_error_object(simulator: Start, head: str, status: int, words: str) -> None:
    server = simulator()
    with send(server, head, b"{") as connection, connection.makefile("rb") as answer:
        assert answer.readline().startswith(f"HTTP/1.1 {status} ".encode())
        while (line := answer.readline()) != b"\r\n":
            length = int(line.split()[1]) if line.startswith(b"Content-Length") else 0
            size = length or locals().get("size", 0)
        error = json.loads(answer.read(size))["error"]
    assert words in error["message"]
    assert error["type"] == "invalid_request_error"
    assert server.bill()["requests"] == 0


def test_one_connection_carries_many_requests(simulator: Start) -> None:
    server = simulator()
    with send(server, "GET /bill HTTP/1.1\n") as connection:
        connection.sendall(b"GET /bill HTTP/1.1\r\n\r\nGET /bill HTTP/1.1\r\nConnection: close\r\n\r\n")
        with connection.makefile("rb") as answer:
            assert answer.read().count(b"HTTP/1.1 200 OK") == 3


def test_it_ends_by_itself_when_nobody_asks(simulator: Start) -> None:
    server = simulator("--idle-exit", "0.5")
    assert server.process.wait(10) == 0


def test_it_ends_when_its_state_file_is_gone(simulator: Start, tmp_path: Path) -> None:
    server = simulator("--idle-exit", "600")
    (tmp_path / "state.db").unlink()
    assert server.process.wait(10) == 0


def test_a_state_file_has_one_simulator_at_a_time(simulator: Start, gold: Path, tmp_path: Path) -> None:
    simulator()
    second = llmaaa("simulator", "--gold", gold, "--state", tmp_path / "state.db")
    assert second.returncode == 5
    assert second.stderr.count("\n") == 1
    assert "another simulator holds this file" in second.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--gold", "missing.jsonl"], "missing.jsonl: cannot be read"),
        (["--gold", "plain.txt"], "plain.txt: no sentence has gold labels"),
    ],
)
def test_gold_that_cannot_serve_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plain.txt").write_text("Nothing is labelled here .\n", encoding="utf-8")
    done = llmaaa("simulator", *arguments, "--state", "state.db")
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_the_command_prints_its_address_and_serves(gold: Path, tmp_path: Path) -> None:
    from llmaaa_tui.simulator.find import bill

    command = [sys.executable, "-m", "llmaaa_tui", "simulator", "--gold", str(gold), "--state", str(tmp_path / "s.db")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
            assert set(line) == {"base_url", "pid", "profile", "seed"}
            assert (line["pid"], line["profile"], line["seed"]) == (process.pid, "gpt-4-turbo", 0)
            assert bill(line["base_url"])["requests"] == 0
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
