"""The first screen at its three sizes: what stands on it, and what the keys do."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from ui import snapshots
from ui.doubles import Shown, Told, screen_text, told, until

from llmaaa_tui.core.crossing import crossing
from llmaaa_tui.core.forecast import Need
from llmaaa_tui.core.snapshot import Calibration, Measure, Snapshot
from llmaaa_tui.errors import LlmaaaError
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.keys.loop import KEYS as COMMANDS
from llmaaa_tui.ui.widgets.batch import Batch

SIZES = ((80, 24), (120, 36), (200, 60))


def app(snapshot: Snapshot, *, readonly: bool = False) -> tuple[LoopApp, Shown, Told]:
    source, controls = Shown(snapshot), Told()
    return LoopApp(source, controls, readonly=readonly), source, controls


@pytest.mark.parametrize("size", SIZES)
async def test_a_working_round_says_the_essentials_at_every_size(size: tuple[int, int]) -> None:
    loop, _source, _controls = app(snapshots.working(4))
    async with loop.run_test(size=size) as pilot:
        text = await until(pilot, "Round 4 of 10")
        for words in (
            "swahili-news · named entities · PER ORG LOC DATE",
            "SIMULATED",
            "● alive",
            "annotating 31/50",
            "62 %",
            "eta 0:38",
            "F1 test",
            ".71 ±.04 +.15",
            "‹Arusha LOC?›",
            "31 in · 19 to come · 2 failed",
            "0.155",
            "91 – 274 ×" if size[0] > 80 else "91–274×",
        ):
            assert words in " ".join(text.split()) or words in text, words
        assert all(len(line) <= size[0] for line in text.splitlines())
        assert len(text.splitlines()) == size[1]


async def test_wide_screens_have_what_narrow_ones_leave_out() -> None:
    loop, _source, _controls = app(snapshots.ended(5))
    async with loop.run_test(size=(200, 60)) as pilot:
        text = await until(pilot, "Ended")
        heads = next(line for line in text.splitlines() if "picked by" in line)
        for head in ("labels", "empty", "✗", "F1 dev", "F1 test", "Δ", "prec", "rec", "picked", "tokens", "$", "time"):
            assert head in heads
        assert "on the sentences picked .54 ±.08 P .56 R .53 n 48" in text
        assert "prices 2026-01-15" in text
        await pilot.resize_terminal(120, 36)
        text = await until(pilot, "── round 5")
        assert "on the sentences picked .54 ±.08 P .56 R .53 n 48" in text
        assert "prec" not in text
        assert "P .78 R .75 n 1,475" in text


async def test_a_small_terminal_says_so_and_recovers() -> None:
    loop, _source, _controls = app(snapshots.working(4))
    async with loop.run_test(size=(59, 20)) as pilot:
        text = await until(pilot, "too small")
        assert "60 columns and 15 lines" in text
        await pilot.resize_terminal(60, 15)
        assert "Round 4 of 10" in await until(pilot, "Round 4 of 10")
        await pilot.resize_terminal(80, 14)
        assert "too small" in await until(pilot, "too small")


async def test_no_test_split_no_test_column() -> None:
    loop, _source, _controls = app(snapshots.working(4, test=False))
    async with loop.run_test(size=(120, 36)) as pilot:
        text = await until(pilot, "F1 dev")
        assert "F1 test" not in text
        assert "test ." not in text
        assert "+.15" in text, "the change is then that of dev"


async def test_the_teacher_has_a_line_only_where_it_was_measured() -> None:
    loop, source, _controls = app(snapshots.working(4))
    async with loop.run_test(size=(120, 36)) as pilot:
        assert "teacher" not in await until(pilot, "Round 4")
        source.put(snapshots.working(4, teacher=True))
        text = await until(pilot, "teacher")
        assert "teacher .73 ±.03  on test  n 1,475" in text
        assert "┈┈┈" in text


async def test_the_teacher_is_passed_in_a_line_and_the_student_says_how_sure_it_is() -> None:
    teacher, below, above = (snapshots.score(f1, 120, 0.04) for f1 in (0.73, 0.7, 0.82))
    need = Need(0.73, 240, 180, None, 0.9)
    said = {
        "passed at ≈ 240 labels (180 – no end)?": [below],
        "passed in round 2, not beyond chance yet": [below, snapshots.score(0.75, 120, 0.04)],
        "passed in round 1, beyond chance": [above],
        "passed in round 1, not in round 2": [above, below],
    }
    sure = replace(
        snapshots.ended(3).rounds[-1],
        calibration=Calibration(0.04, 0.09, 2310, 1.6),
        agreement=Measure(0.9823, 4102, 0.97, 0.99),
        uncertainty=Measure(0.071, 4102, 0.06, 0.08),
    )
    base = replace(snapshots.working(4, teacher=True), rounds=(*snapshots.working(4, teacher=True).rounds[:2], sure))
    loop, source, _controls = app(base)
    async with loop.run_test(size=(200, 60)) as pilot:
        text = await until(pilot, "confidence")
        assert "confidence: ECE .04 (raw .09) n 2,310 held words · temperature 1.6" in text
        assert "kappa .982 with the student before, entropy .071, n 4,102 words" in text
        assert "passed" not in text, "nothing is known of it yet"
        base = replace(base, rounds=(*base.rounds[:-1], replace(sure, teacher=teacher, teacher_split="test")))
        for words, scores in said.items():
            found = crossing("test", teacher, list(enumerate(scores, 1)))
            assert found is not None
            source.put(replace(base, crossing=replace(found, need=None if found.passed else need)))
            assert words in await until(pilot, words)


@pytest.mark.parametrize(
    ("snapshot", "words"),
    [
        (snapshots.empty(), "○ Not started · 6,443 sentences wait in the pool · s starts the worker"),
        (snapshots.ended(5), "■ Ended · 5 of 5 rounds are done. · s goes on"),
        (snapshots.ended(5, 3, "The cap of $2.00 is spent."), "■ Ended · The cap of $2.00 is spent. · s goes on"),
        (snapshots.lost(), "✗ The worker is gone · Round 4 of 10, annotating 31/50 · what was answered is kept"),
    ],
)
async def test_where_nothing_runs_the_reason_stands_in_words(snapshot: Snapshot, words: str) -> None:
    loop, _source, _controls = app(snapshot)
    async with loop.run_test(size=(120, 36)) as pilot:
        assert words in await until(pilot, words)


async def test_silent_paused_and_paper_mode_are_words_too() -> None:
    working = snapshots.working(4)
    loop, source, _controls = app(replace(working, worker=replace(working.worker, state="late")))
    async with loop.run_test(size=(140, 36)) as pilot:
        assert "◐ late" in await until(pilot, "worker silent for over 10 s")
        source.put(replace(working, worker=replace(working.worker, paused=True)))
        assert "‖ paused" in await until(pilot, "p goes on")
        source.put(snapshots.failing())
        text = await until(pilot, "paper mode: dev is not held out")
        assert "does not know 11 % of the pieces" in text
        for why in ("refused", "cut off", "not JSON", "wrong shape", "no answer", "not in the text", "unknown label"):
            assert f"{why}, not trained" in text
        source.put(replace(working, simulated=None))
        assert "SIMULATED" not in await until(pilot, "SIMULATED", gone=True)
        source.put(replace(working, simulated="recorded"))
        assert "RECORDED" in await until(pilot, "RECORDED")


async def test_one_column_turns_its_panels_by_tab() -> None:
    loop, _source, _controls = app(snapshots.ended(5))
    async with loop.run_test(size=(80, 24)) as pilot:
        assert "This batch" in await until(pilot, "This batch")
        for words in ("Learning curve", "people would cost", "Worker", "This batch"):
            await pilot.press("tab")
            assert words in await until(pilot, words)
        await pilot.press("shift+tab")
        assert "Worker" in await until(pilot, "Worker")
        await pilot.press("j", "enter")
        await pilot.pause()
        assert loop.screen is loop._loop_screen, "no sentence opens while none is in sight"


async def test_brackets_go_back_in_time_and_past_the_last_round_all_is_live_again() -> None:
    loop, source, _controls = app(snapshots.ended(5))
    async with loop.run_test(size=(120, 36)) as pilot:
        assert "▸  5" in await until(pilot, "▸  5")
        await pilot.press("left_square_bracket", "left_square_bracket")
        text = await until(pilot, "PAST: round 3 of 5")
        assert "▸  3" in text
        assert "41 labelled · 9 empty · 0 failed" in text
        assert "147 answers in 3 rounds" in text, "rounds 4 and 5 are not there yet"
        assert "trained on 192" not in text
        await pilot.press(*["left_square_bracket"] * 9)
        text = await until(pilot, "PAST: round 1 of 5")
        assert "── round 1 · 50 picked · trained on 48 ──" in text
        source.put(snapshots.ended(6))
        assert "── round 1 ·" in await until(pilot, "PAST: round 1 of 6"), "what is new moves nobody out of the past"
        await pilot.press(*["right_square_bracket"] * 9)
        assert "▸  6" in await until(pilot, "▸  6")
        assert "PAST" not in await until(pilot, "PAST", gone=True)
        source.put(snapshots.ended(7))
        assert "▸  7" in await until(pilot, "▸  7"), "past the last one the newest is followed"


async def test_answers_arrive_and_are_followed_until_a_sentence_is_chosen() -> None:
    loop, source, _controls = app(snapshots.working(4, answered=0))
    async with loop.run_test(size=(120, 36)) as pilot:
        assert "1–18 of 50" in await until(pilot, "1–18 of 50")
        source.put(snapshots.working(4, answered=30))
        text = await until(pilot, "21–38 of 50")
        assert "21–38 of 50" in text
        await pilot.press("g", "g")
        assert "1–18 of 50" in await until(pilot, "1–18 of 50")
        await pilot.press("G")
        await until(pilot, "33–50 of 50")
        await pilot.press("home")
        assert "1–18 of 50" in await until(pilot, "1–18 of 50")
        source.put(snapshots.working(4, answered=40))
        assert "1–18 of 50" in await until(pilot, "40 in")
        await pilot.press("G")
        assert "33–50 of 50" in await until(pilot, "33–50 of 50")
        await pilot.press("pageup")
        assert loop._loop_screen.query_one(Batch).cursor == 32
        await pilot.press("escape")
        assert loop._loop_screen.query_one(Batch).cursor is None


async def test_a_sentence_in_full_says_why_it_is_here() -> None:
    loop, source, _controls = app(snapshots.working(4))
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "31/50")
        await pilot.press("g", "g")
        await pilot.press("enter")
        text = await until(pilot, "why picked")
        assert "Sentence 1 of 50" in text
        assert "least confidence 0.9" in text
        assert "rank 1 of 50" in text
        assert "PER  Samia Suluhu Hassan  5–24  exact" in text
        await pilot.press("j", "j")
        assert "LOC  Arusha  11–17  case differs" in await until(pilot, "Sentence 3 of 50")
        await pilot.press(*["j"] * 7)
        text = await until(pilot, "Sentence 10 of 50")
        assert "cut off, neither labelled nor trained" in text
        assert "cut off at 512 tokens" in text
        await pilot.press("escape")
        assert loop.screen is loop._loop_screen
        await pilot.press("G", "enter")
        assert "waits for the annotator" in await until(pilot, "waits for")
        source.put(snapshots.working(4, answered=50))
        assert "waits for" not in await until(pilot, "waits for", gone=True), "an open sentence is followed too"


async def test_keys_command_the_worker() -> None:
    loop, source, controls = app(snapshots.working(4))
    async with loop.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "31/50")
        await pilot.press("p")
        assert "Pausing after this step" in await until(pilot, "Pausing")
        working = snapshots.working(4)
        source.put(replace(working, worker=replace(working.worker, paused=True)))
        assert "p resume" in await until(pilot, "p resume")
        await pilot.press("p", "X", "s")
        assert sorted(await told(pilot, controls, 4)) == ["pause", "resume", "start", "stop"]


async def test_a_refusal_is_one_line_even_when_it_looks_like_markup() -> None:
    loop, _source, controls = app(snapshots.empty())
    controls.error = LlmaaaError("[/red]worker 4711 holds [b]the project\x1b[2J")
    async with loop.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "Not started")
        await pilot.press("s")
        assert "[/red]worker 4711 holds [b]the project␛[2J" in await until(pilot, "4711")
        assert loop.is_running


async def test_a_read_only_screen_commands_nothing_and_leaves_at_once() -> None:
    loop, _source, controls = app(snapshots.working(4), readonly=True)
    async with loop.run_test(size=(120, 36)) as pilot:
        text = await until(pilot, "read only")
        assert "p pause" not in text
        await pilot.press("p", "s", "X")
        await pilot.pause()
        assert controls.commands == []
        await pilot.press("q")
    assert loop.return_value == "detach"


@pytest.mark.parametrize(
    ("key", "result", "commands"), [("d", "detach", []), ("s", "stop", ["stop"]), ("escape", None, [])]
)
async def test_leaving_a_living_worker_takes_one_key(key: str, result: str | None, commands: list[str]) -> None:
    loop, source, controls = app(snapshots.working(4))
    async with loop.run_test(size=(80, 24)) as pilot:
        await until(pilot, "31/50")
        await pilot.press("q")
        text = await until(pilot, "detach")
        assert "the worker goes on" in text
        assert "finishes this step" in text
        await pilot.press(key)
        await told(pilot, controls, len(commands))
        await pilot.pause(0.1)
        if result is None:
            assert loop.screen is loop._loop_screen
            assert loop.is_running
    assert loop.return_value == result
    assert controls.commands == commands
    assert await asyncio.to_thread(source.gone.wait, 2), "the polling thread gave the source back"


async def test_a_stop_that_is_refused_does_not_leave() -> None:
    loop, _source, controls = app(snapshots.working(4))
    controls.error = LlmaaaError("the worker does not answer")
    async with loop.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, "31/50")
        await pilot.press("q", "s")
        assert "the worker does not answer" in await until(pilot, "does not answer")
        assert loop.is_running


async def test_leaving_without_a_worker_asks_nothing() -> None:
    loop, _source, _controls = app(snapshots.ended(5))
    async with loop.run_test(size=(80, 24)) as pilot:
        await until(pilot, "Ended")
        await pilot.press("q")
    assert loop.return_value == "detach"


async def test_help_fits_the_smallest_common_terminal_and_names_every_key() -> None:
    loop, _source, _controls = app(snapshots.working(4))
    async with loop.run_test(size=(80, 24)) as pilot:
        await until(pilot, "31/50")
        await pilot.press("question_mark")
        text = await until(pilot, "esc closes")
        box = loop.screen.query_one("#help")
        assert box.max_scroll_y == 0, "nothing of it needs scrolling"
        assert "1-7  the screens, also F1-F7" in text
        for command in COMMANDS:
            if command.group != "go" or command.id in ("go.chord", "go.back"):
                assert command.says in text
                assert command.shown in text
        assert "Wang et al. 2021" in text
        await pilot.press("escape")
        assert loop.screen is loop._loop_screen


async def test_the_palette_finds_commands_and_themes() -> None:
    loop, _source, controls = app(snapshots.working(4))
    titles = [command.title for command in loop.get_system_commands(loop._loop_screen)]
    assert "run: pause or resume" in titles
    assert "theme: llmaaa-light" in titles
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "31/50")
        await pilot.press("ctrl+p")
        await until(pilot, "Search for commands")
        await pilot.press(*"pause")
        await until(pilot, "run: pause or resume")
        await pilot.pause(0.2)
        await pilot.press("enter")
        assert await told(pilot, controls, 1) == ["pause"]


def test_every_binding_has_an_id_and_a_tooltip_and_no_key_twice() -> None:
    keys = [key for command in COMMANDS for key in command.keys.split(",")]
    assert len(keys) == len(set(keys))
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    assert all(command.tooltip.endswith(".") for command in COMMANDS)
    taken = {"ctrl+b", "ctrl+a", "ctrl+s", "ctrl+h", "ctrl+j", "ctrl+m", "ctrl+i", "ctrl+z"}
    assert taken.isdisjoint(keys), "tmux, screen and the terminal itself use these"


async def test_trouble_of_the_store_is_said_and_the_last_picture_stays() -> None:
    loop, source, _controls = app(snapshots.working(4))
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "31/50")
        source.error = LlmaaaError("llmaaa.db: database is locked")
        text = await until(pilot, "cannot be read")
        assert "The project cannot be read: llmaaa.db: database is locked; trying again." in text
        assert "‹Arusha LOC?›" in text
        source.error = None
        assert "31/50" in await until(pilot, "31/50")


async def test_the_mouse_chooses_opens_and_presses() -> None:
    loop, _source, controls = app(snapshots.working(4))
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "31/50")
        batch = loop._loop_screen.query_one(Batch)
        await pilot.click(Batch, offset=(10, 3))
        chosen = batch.cursor
        assert chosen is not None
        await pilot.click(Batch, offset=(10, 3))
        assert f"Sentence {chosen + 1} of 50" in await until(pilot, "why picked")
        await pilot.press("escape")
        line = screen_text(loop).splitlines()[-1]
        assert line.startswith(" 1 Loop 2 Review"), "the footer begins with the screens"
        await pilot.click("#keys", offset=(line.index("p pause"), 0))
        assert await told(pilot, controls, 1) == ["pause"]


async def test_other_themes_draw_too() -> None:
    loop, _source, _controls = app(snapshots.working(4))
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "31/50")
        for theme in ("llmaaa-light", "nord", "textual-ansi"):
            if theme in loop.available_themes:
                loop.theme = theme
                await pilot.pause()
                assert "31/50" in screen_text(loop)


async def test_past_its_goal_a_run_goes_one_round_further() -> None:
    loop, source, controls = app(snapshots.ended(5, 0, "goal reached: 5 of 5 rounds"))
    async with loop.run_test(size=(120, 36)) as pilot:
        assert "s runs one more round" in await until(pilot, "one more round")
        await pilot.press("s")
        assert await told(pilot, controls, 1) == ["start, to round 6"]
        source.put(snapshots.ended(5, 3, "the budget is used up"))
        assert "s goes on" in await until(pilot, "s goes on")
        await pilot.press("s")
        assert await told(pilot, controls, 2) == ["start, to round 6", "start"]
