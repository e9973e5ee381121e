"""Nothing is sent before a person has seen what it costs and what leaves the machine."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ui import snapshots
from ui.doubles import Shown, Told, Worked, screen_text, told, until
from ui.pty_app import PtyApp

from llmaaa_tui import launch
from llmaaa_tui.core.snapshot import Snapshot
from llmaaa_tui.errors import LlmaaaError
from llmaaa_tui.paths import ProjectPaths
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.estimate import read
from llmaaa_tui.ui.glyphs import ASCII, UNICODE
from llmaaa_tui.ui.pages.preflight import page
from llmaaa_tui.ui.screens.preflight import PreflightScreen

SIZES = ((80, 24), (120, 36), (200, 60))


def made(**changes: Any) -> dict[str, Any]:
    """The estimate of a paid model with other values in some places, e.g. prices={"age_days": 3}."""
    result = copy.deepcopy(snapshots.ESTIMATE)
    for name, value in changes.items():
        result[name] = {**result[name], **value} if isinstance(value, dict) else value
    return result


def app(
    result: dict[str, Any] | None = None, snapshot: Snapshot | None = None, **settings: Any
) -> tuple[LoopApp, Shown, Told, Worked]:
    source, controls = Shown(snapshot or snapshots.empty()), Told()
    worked = Worked(made() if result is None else result)
    return LoopApp(source, controls, estimator=worked, preflight=True, **settings), source, controls, worked


def text_of(width: int = 91, **changes: Any) -> str:
    """The page on one line, as if nothing were wrapped."""
    return " ".join(page(read(made(**changes)), width, UNICODE).plain.split())


@pytest.mark.parametrize("size", SIZES)
async def test_what_a_person_agrees_to_is_in_sight_at_every_size(size: tuple[int, int]) -> None:
    loop, _source, controls, _worked = app()
    async with loop.run_test(size=size) as pilot:
        await until(pilot, "Not started")
        await pilot.press("s")
        text = await until(pilot, "Never sent")
        for words in (
            "Before anything is sent",
            "50 sentences to gpt-5.6-luna at api.openai.com",
            "$0.042",
            "$0.113",
            "9 more rounds 450 225 281 k 26 k 0.372 1.012",
            "the text of the sentences, their language, 5 demonstrations",
            "metadata, ids, file names",
            "store=false",
            "889 sentences surely fit, probably 2,421",
            "genai-prices 0.2.4 of 2026-01-15, 112 days old",
            "y send it, and start   n nothing is sent",
        ):
            assert words in text or words in " ".join(text.split()), words
        assert all(len(line) <= size[0] for line in text.splitlines())
        await pilot.press("y")
        assert await told(pilot, controls, 1) == ["start, remote allowed"]
        assert loop.screen is loop._loop_screen


async def test_no_is_no_and_the_screen_stays_without_a_worker() -> None:
    loop, _source, controls, worked = app(start=True)
    async with loop.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "Never sent")
        await pilot.press("n")
        assert "Nothing was sent. s asks again." in await until(pilot, "Nothing was sent")
        await pilot.press("s")
        await until(pilot, "Never sent")
        await pilot.press("escape")
        await pilot.pause()
        assert controls.commands == []
        assert worked.calls == 2
        assert "Not started" in screen_text(loop)


async def test_asked_once_agreed_once() -> None:
    loop, _source, controls, worked = app()
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "Not started")
        await pilot.press("s")
        await until(pilot, "Never sent")
        await pilot.press("enter")
        await told(pilot, controls, 1)
        await pilot.press("s")
        assert await told(pilot, controls, 2) == ["start, remote allowed", "start"]
        assert worked.calls == 1


async def test_a_worker_at_work_is_not_asked_about() -> None:
    loop, _source, controls, _worked = app(snapshot=snapshots.working(4))
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "31/50")
        await pilot.press("s")
        assert await told(pilot, controls, 1) == ["start"]


async def test_before_the_figures_are_there_no_key_agrees() -> None:
    loop, _source, controls, worked = app(start=True)
    async with loop.run_test(size=(80, 24)) as pilot:
        worked.gate.clear()
        text = await until(pilot, "Working out what it will cost")
        assert "y send" not in text
        await pilot.press("y", "enter")
        await pilot.pause()
        assert isinstance(loop.screen, PreflightScreen)
        worked.gate.set()
        await until(pilot, "Never sent")
        assert controls.commands == []


async def test_an_error_is_its_sentence_and_r_tries_again() -> None:
    loop, _source, controls, worked = app(start=True)
    worked.error = LlmaaaError("the price of [/red]luna is not known: declare it in prices.toml\x1b[2J")
    async with loop.run_test(size=(80, 24)) as pilot:
        text = await until(pilot, "Nothing was sent.")
        assert "the price of [/red]luna is not known" in text
        assert "\x1b" not in text.replace("\n", "")
        assert "y send" not in text
        await pilot.press("y")
        await pilot.pause()
        assert isinstance(loop.screen, PreflightScreen)
        worked.error = None
        await pilot.press("r")
        assert "y send it, and start" in await until(pilot, "y send")
        assert controls.commands == []


@pytest.mark.parametrize("result", [{}, {"schema": 1, "model": "m"}, {"prices": None}])
async def test_what_another_version_prints_is_no_traceback(result: dict[str, Any]) -> None:
    loop, _source, _controls, _worked = app(result, start=True)
    async with loop.run_test(size=(120, 36)) as pilot:
        assert "printed what this screen cannot read" in await until(pilot, "cannot read")


async def test_the_mouse_decides_too() -> None:
    loop, _source, controls, _worked = app(start=True)
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "y send")
        await pilot.click("#preflight-keys Key")
        assert await told(pilot, controls, 1) == ["start, remote allowed"]


async def test_leaving_while_it_is_worked_out_ends_that_work() -> None:
    ended = asyncio.Event()

    async def slow() -> dict[str, Any]:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return {}

    loop = LoopApp(Shown(snapshots.empty()), Told(), estimator=slow, preflight=True, start=True)
    async with loop.run_test(size=(80, 24)) as pilot:
        await until(pilot, "Working out")
        await pilot.press("escape")
        await asyncio.wait_for(ended.wait(), 5)


def test_on_this_machine_nothing_is_sent() -> None:
    free = {"declared_free": True, "source": "prices.toml", "as_of": "as declared", "age_days": None}
    text = text_of(host=None, model="qwen3:8b", prices=free)
    assert "Round 1 asks qwen3:8b on this machine about 50 sentences: declared free." in text
    assert "nothing: the text stays on this machine" in text
    assert "declared free (prices.toml)" in text
    assert "Never sent" not in text


@pytest.mark.parametrize("word", ["simulated", "recorded"])
def test_what_is_not_a_real_model_says_so(word: str) -> None:
    assert f"asks gpt-5.6-luna ({word.upper()}) on this machine" in text_of(simulated=word, host=None)


def test_a_cap_that_does_not_reach_is_said() -> None:
    assert "not one request surely fits under the cap" in text_of(fits={"surely": 0, "probably": 3})
    assert "after 20 of 50 or later" in text_of(fits={"surely": 20, "probably": 90})
    assert "▲" not in text_of(prices={"age_days": 3})
    money = {"spent_nanousd": 163_000_000, "held_nanousd": 1_000_000, "unconfirmed_nanousd": 2_000_000}
    assert "cap $2.000 · spent 0.163 · held 0.0010 · ? unconfirmed 0.0020 · free 1.834" in text_of(budget=money)


def test_prices_carry_their_date_and_its_doubts() -> None:
    text = text_of()
    assert "$/M tokens: 0.20 in, 0.02 cached, 0.25 cache write, 1.20 out" in text
    assert "▲ over 60 days old: check them" in text
    assert "▲ not seen for long" in text_of(prices={"warning": "not seen for long"})


def test_the_rest_is_left_out_where_there_is_none() -> None:
    rest = {"rounds": 0, "items": 0, "requests": 0, "expected_nanousd": 0, "worst_nanousd": 0}
    assert "more" not in text_of(rest=rest)
    assert "1 more round 450 " in text_of(rest={"rounds": 1})


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("text", snapshots.HOSTILE)
def test_foreign_text_is_data_on_this_page(text: str, glyphs: Any) -> None:
    from ui.test_hostile import harmful

    bad = made(
        model=text, provider=text, host=text, simulated=text, per_request_why=text, notes=[text],
        prices={"source": text, "as_of": text, "warning": text},
        sent={"what": [text], "never": [text], "retention": [text]},
    )  # fmt: skip
    for width in (55, 75, 91):
        content = page(read(bad), width, glyphs)
        assert not harmful(content.plain.replace("\n", ""))
        assert all(isinstance(span.style, str) and "click" not in span.style for span in content.spans)
        assert max(line.cell_length for line in content.split("\n")) <= width


# -- the command behind it ------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A python in place of ours: writes its arguments and its process id, then does what `does` says."""
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\necho $$ > {tmp_path}/pid\n. {tmp_path}/does\n')
    script.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(script))
    return tmp_path


async def test_the_estimate_is_the_commands_own(command: Path) -> None:
    (command / "does").write_text(f"echo '{json.dumps({'schema': 1})}'")
    found = await launch.estimate(ProjectPaths(command), ("annotator.model=x y", "loop.batch=5"), ("plateau",))
    assert found == {"schema": 1}
    given = (command / "said").read_text().strip()
    wanted = f"estimate {command} --json --set annotator.model=x y --set loop.batch=5 --until plateau"
    assert given.endswith(f"-m llmaaa_tui {wanted}")


@pytest.mark.parametrize(
    ("does", "sentence"),
    [
        (
            "echo warming up >&2; echo 'llmaaa: annotator.model: is empty; name the model' >&2; exit 2",
            "annotator.model: is",
        ),
        ("exit 3", "llmaaa estimate ended with code 3"),
        ("echo no json", "printed no JSON"),
    ],
)
async def test_its_error_is_one_sentence(command: Path, does: str, sentence: str) -> None:
    (command / "does").write_text(does)
    with pytest.raises(LlmaaaError, match=sentence) as error:
        await launch.estimate(ProjectPaths(command))
    assert not str(error.value).startswith("llmaaa: ")


def _pid(file: Path) -> int:
    end = time.monotonic() + 10
    while not (file.exists() and file.read_text().endswith("\n")):
        assert time.monotonic() < end
        time.sleep(0.02)
    return int(file.read_text())


async def test_cancelling_ends_its_process(command: Path) -> None:
    (command / "does").write_text("exec sleep 60")
    task = asyncio.create_task(launch.estimate(ProjectPaths(command)))
    pid = await asyncio.to_thread(_pid, command / "pid")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_in_a_real_terminal_it_opens_at_once_and_waits_without_a_byte() -> None:
    with PtyApp("before", width=80, height=24) as terminal:
        terminal.until(b"nothing is sent")
        terminal.settle(0.5)
        assert terminal.read(2.2) == b""
        terminal.press(b"y")
        terminal.until(b"Starting a worker")
        terminal.press(b"q")
        terminal.until(b"told: start, remote allowed.")


def test_items_of_another_task_are_called_as_it_calls_them() -> None:
    text = text_of(task="relation", samples=3)
    assert "sends 50 pairs to gpt-5.6-luna" in text
    assert "889 pairs surely fit" in text
    assert "3 answers a pair and a vote" in text
    assert "would be paid for the same pairs" in text
    assert " pairs requests tokens in" in text
