"""The terminal's title: what it says, how seldom it is written, and that the old one comes back."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from ui import snapshots
from ui.doubles import Shown, Told, until
from ui.pty_app import PtyApp

from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.shell.title import POP, PUSH, Title, title, wanted


def test_what_it_says() -> None:
    working = snapshots.working(4)
    assert title(working) == "llmaaa 62 % round 4 · swahili-news"
    assert title(replace(working, worker=replace(working.worker, paused=True))).startswith("llmaaa paused 62 %")
    assert title(snapshots.ended()) == "llmaaa ended · swahili-news"
    assert title(snapshots.empty()) == "llmaaa · swahili-news"
    assert title(snapshots.lost()) == "llmaaa worker lost · swahili-news"


@pytest.mark.parametrize("text", snapshots.HOSTILE)
def test_a_project_s_name_is_only_a_name(text: str) -> None:
    said = title(replace(snapshots.working(4), project=text * 20))
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", said)
    assert len(said) <= 200


def test_a_whole_percent_once_a_second_and_the_old_one_comes_back() -> None:
    now = 0.0
    written: list[str] = []
    shown = Title(written.append, clock=lambda: now)
    base = snapshots.working(4)
    assert base.progress is not None

    def at(done: int) -> float:
        assert base.progress is not None
        return shown.show(replace(base, progress=replace(base.progress, done=done, total=1000)))

    assert at(100) == 0.0
    assert written == [PUSH + "\x1b]0;llmaaa 10 % round 4 · swahili-news\x07"]
    now = 5.0
    assert at(105) == 0.0, "no whole percent further"
    at(110)
    now = 5.4
    assert at(120) == pytest.approx(0.6), "asked again then"
    assert len(written) == 2
    now = 6.0
    at(120)
    assert written[-1] == "\x1b]0;llmaaa 12 % round 4 · swahili-news\x07"
    shown.end()
    shown.end()
    assert written[3:] == [POP]


def test_who_gets_none() -> None:
    assert wanted({"TERM": "xterm-256color"})
    for environ in ({"TERM": "linux"}, {"TERM": "dumb"}, {}, {"TERM": "xterm", "LLMAAA_NO_TITLE": "1"}):
        assert not wanted(environ)
    assert not wanted({"TERM": "xterm", "LLMAAA_LOW_BANDWIDTH": "1"})
    assert wanted({"TERM": "xterm", "LLMAAA_NO_TITLE": "0"})


def test_on_a_real_terminal_it_comes_and_goes() -> None:
    with PtyApp("five") as app:
        app.until("\x1b[22;0t\x1b]0;llmaaa ended · swahili-news\x07".encode())
        app.settle(0.4)
        app.press(b"q")
        app.until(b"\x1b]0;\x07\x1b[23;0t")


@pytest.mark.parametrize("none", ["1", ""])
async def test_where_none_is_wanted_none_is_written(none: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMAAA_NO_TITLE", none)
    app = LoopApp(Shown(snapshots.working(4)), Told())
    written: list[str] = []
    app._title = Title(written.append)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "31/50")
    assert written == ([] if none else [f"{PUSH}\x1b]0;llmaaa 62 % round 4 · swahili-news\x07", POP])
