"""Where the money is: the panel, its page, the cap and the assumptions changed there, waiting for a provider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from ui import snapshots
from ui.accounts import CAP, SETTINGS, Accounts
from ui.doubles import Shown, Told, Worked, links, screen_text, until
from ui.test_hostile import harmful

from llmaaa_tui.core.books import Books, CapRow, ModelSpend, Pace
from llmaaa_tui.core.forecast import fit
from llmaaa_tui.core.human_cost import assumptions, human_cost
from llmaaa_tui.core.human_inputs import Timed
from llmaaa_tui.core.outlook import points
from llmaaa_tui.core.routes import dollars
from llmaaa_tui.core.snapshot import Ended, Snapshot, WorkerMark
from llmaaa_tui.core.status import status
from llmaaa_tui.store.decisions import Decisions
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.glyphs import ASCII, UNICODE
from llmaaa_tui.ui.pages import budget as budget_page
from llmaaa_tui.ui.pages import goal as budget_goal
from llmaaa_tui.ui.pages import people as people_page
from llmaaa_tui.ui.pages.common import age_days, ago, per_million
from llmaaa_tui.ui.screens.budget import PENDING_S, BudgetScreen
from llmaaa_tui.ui.screens.cap import means, plain_usd, step
from llmaaa_tui.ui.widgets.money import bar
from llmaaa_tui.ui.widgets.sheet import Block
from llmaaa_tui.ui.words import manner

SIZES = ((80, 24), (120, 36), (200, 60))
BOOKS = Books(
    models=(
        ModelSpend("openai", "gpt-5.6-luna", 412, 400, 10, 2, 210_400, 180_000, 19_000, 141_000_000, 9_000_000,
                   21_000_000, 1.93),
        ModelSpend("openai", "gpt-5.6-sol", 12, 12, 0, 0, 8_400, 0, 1_000, 14_000_000, 0, 0, 3.2),
    ),
    pace=Pace(12, 42_000_000, 48, 155_000_000),
    caps=(CapRow(1_500_000_000, "2026-11-20T10:00:00+00:00"), CapRow(CAP, "2026-11-20T12:00:00+00:00", mine=False)),
    everybody_nanousd=200_000_000,
)  # fmt: skip


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    made = Accounts(tmp_path)
    yield made
    made.close()


def app(snapshot: Snapshot, preflight: bool = False) -> tuple[LoopApp, Shown, Told]:
    source, controls = Shown(snapshot), Told()
    estimator = Worked(snapshots.ESTIMATE)
    return LoopApp(source, controls, estimator=estimator, folder="my news", preflight=preflight), source, controls


def words_of(*blocks: Block) -> str:
    """Blocks on one line, as if nothing were wrapped."""
    return " ".join(" ".join(line.plain for block in blocks for line in block.lines).split())


def whole_page(loop: LoopApp) -> str:
    """The whole page, in sight or not, on one line."""
    assert isinstance(loop.screen, BudgetScreen)
    return words_of(*loop.screen.blocks(91, 91))


# -- the panel and the page -----------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_money_of_unknown_outcome_has_a_word_and_a_mark_on_the_first_screen(size: tuple[int, int]) -> None:
    loop, _source, _controls = app(snapshots.paid())
    async with loop.run_test(size=size) as pilot:
        text = " ".join((await until(pilot, "unconfirmed")).split())
        assert "? 0.024 unconfirmed" in text if size[0] < 100 else "unconfirmed ? 0.024" in text
        assert "1 suspicious" in text
        if size[0] >= 100:
            assert "free 1.800" in text
            assert "cap 2.000" in text


def test_each_share_of_the_cap_has_a_filling_of_its_own() -> None:
    drawn = bar(snapshots.paid().budget, 40, UNICODE).plain
    assert drawn == "███▒?" + "░" * 35
    assert bar(snapshots.paid().budget, 40, ASCII).plain == "###+?" + "." * 35
    assert len(bar(replace(snapshots.paid().budget, cap_nanousd=1), 40, UNICODE).plain) == 40


@pytest.mark.parametrize("size", SIZES)
async def test_the_page_lists_what_nobody_knows_the_bill_of(size: tuple[int, int]) -> None:
    loop, source, _controls = app(snapshots.paid())
    async with loop.run_test(size=size) as pilot:
        await until(pilot, "31/50")
        await pilot.press("3")
        text = " ".join((await until(pilot, "Unconfirmed: nobody knows")).split())
        for words in ("llmaaa budget 'my news' release 41", "llmaaa budget 'my news' resend 41", "X ends it"):
            assert words in text, words
        text = screen_text(loop)
        assert all(len(line) <= size[0] for line in text.splitlines())
        assert len(text.splitlines()) == size[1]
        paid = snapshots.paid()
        left = replace(paid.budget, unconfirmed_nanousd=0, unconfirmed_attempts=())
        source.put(replace(paid, budget=left))
        text = await until(pilot, "Unconfirmed: nobody knows", gone=True)
        assert "unconfirmed 0.000" in text, "an open page is followed"
        await pilot.press("escape")
        assert loop.screen is loop._loop_screen


def test_what_the_page_says_of_the_cap_and_of_unknown_outcomes() -> None:
    paid = snapshots.paid()
    text = words_of(budget_page.money(paid, BOOKS, True, 91, UNICODE))
    for words in (
        "cap $2.000 · spent 0.155 · held 0.021 · ? unconfirmed 0.024 · free 1.800",
        "1,180 sentences surely fit, probably 2,104",
        "$0.210 an hour over the last 12 min in which answers were paid · $0.194 an hour over the run's 48 min",
        "what is free lasts 8 h 3",
        "by another project · 1.500",
        "$0.045 of what is spent is other projects' on this ledger",
    ):
        assert words in text, words
    assert "lasts" not in words_of(budget_page.money(paid, BOOKS, False, 91, UNICODE)), "nobody works"
    over = replace(paid, budget=replace(paid.budget, cap_nanousd=100_000_000))
    assert "▲ $0.100 over the cap: nothing more is sent" in words_of(budget_page.money(over, BOOKS, True, 91, UNICODE))
    text = words_of(*budget_page.unconfirmed(paid, "my news", 91, UNICODE))
    for words in (
        "llmaaa budget 'my news' skip 41",
        "the worker died while it waited",
        "will be asked again: no answer",
        "another project: connection reset",
        "They rule once no worker runs",
    ):
        assert words in text, words
    still = replace(paid, worker=WorkerMark("none"))
    assert "They rule once no worker runs" not in words_of(*budget_page.unconfirmed(still, "x", 91, UNICODE))


@pytest.mark.parametrize("width", [50, 75, 105])
def test_each_model_has_its_calls_tokens_and_money(width: int) -> None:
    text = words_of(budget_page.models(BOOKS, width, UNICODE))
    for words in (
        "gpt-5.6-luna · openai",
        "gpt-5.6-sol · openai",
        "412",
        "210 k",
        "180 k",
        "19 k",
        "0.141",
        "? ",
        "1.9",
    ):
        assert words in text, words
    assert "0.021" in text
    assert "? 0.0090" in text if width > 92 else "? unconfirmed 0.0090" in text
    assert "No request of this project" in words_of(budget_page.models(Books(), width, UNICODE))


def test_prices_purposes_and_rounds() -> None:
    paid = snapshots.paid()
    text = words_of(budget_page.prices(paid, 91, UNICODE))
    assert (
        "Prices $/M tokens: 0.20 in, 0.02 cached, 0.25 cache write, 1.20 out genai-prices 0.2.4 of 2026-01-15, " in text
    )
    assert "days old ▲ over 60 days old" in text
    assert "Asked 2 a request: the only size with recorded accuracy; 5 demonstrations; 3 answers a sentence" in text
    assert "cheaper, but answers may take hours; unsure or failed ones again by gpt-5.6-sol" in text
    assert "For annotate 0.141, teacher 0.014" in text
    text = words_of(*budget_page.rounds(paid, 91, UNICODE))
    assert "Round answered tokens in cached out $ $ each 4 29 18 k 15 k 2 k 0.026 0.0009 3 50" in text
    assert "Prices known once a run has begun" in words_of(budget_page.prices(snapshots.empty(), 91, UNICODE))
    assert budget_page.rounds(snapshots.empty(), 91, UNICODE) == []


# -- what lies ahead ------------------------------------------------------------------------------


def forecast(snapshot: Snapshot, *goals: str, books: Books | None = BOOKS) -> str:
    curve = fit(points(snapshot.rounds))
    return words_of(budget_goal.goal(replace(snapshot, goals=goals), books, curve, 88, 60, UNICODE))


def test_each_kind_of_goal_has_a_forecast_with_its_range() -> None:
    snapshot = snapshots.working(5)
    text = forecast(snapshot, "rounds=10")
    assert "Goal 10 rounds · 4 done To come 6 rounds · 294 labels Cost ≈ $0.239 (0.234 – 0.245)" in text
    assert "✓ holds: $" in text
    assert "F1 dev then ≈ .8" in text
    assert "a round takes $0.044 (0.044 – 0.045) for 49 labels, n 3 whole rounds" in text
    text = forecast(snapshot, "f1=0.8")
    assert "Goal dev F1 0.8 · now .72 ±.06 To come ≈ " in text
    assert "A power law" not in text
    assert " labels dev F1 ≈ .8" in text
    assert "): a power law through 4 rounds, with its 95 % band" in text
    assert "Goal $0.35 spent · 0.200 now To come 4 rounds · 167 labels Cost $0.151" in forecast(snapshot, "usd=0.35")
    assert "Goal 300 labels · 221 there To come 2 rounds · 79 labels Cost ≈ $0.0" in forecast(snapshot, "labels=300")
    assert "✓ reached" in forecast(snapshot, "rounds=4")
    assert "out of reach, as far as the curve goes" in forecast(snapshot, "f1=0.999")
    assert "Known once a run has begun." in forecast(snapshots.empty(), books=None)


def test_under_three_rounds_f1_is_not_foretold() -> None:
    text = forecast(snapshots.working(3), "f1=0.8")
    assert "cannot be said yet: the learning curve needs 3 measured rounds, and 2 there are" in text
    assert "dev F1 cannot be foretold yet: 2 of the 3 rounds it needs are measured" in text
    assert "To come" not in text


def test_a_cap_that_does_not_reach_says_by_how_much() -> None:
    snapshot = snapshots.working(5)
    tight = replace(snapshot, budget=replace(snapshot.budget, cap_nanousd=321_000_000))
    assert "✗ does not reach: $0.139 more would be needed" in forecast(tight, "rounds=10")
    nearly = replace(snapshot, budget=replace(snapshot.budget, cap_nanousd=462_000_000))
    assert "▲ reaches by the middle, not at the high end: $0.241 is free" in forecast(nearly, "rounds=10")


def people(**assumed: str) -> str:
    """The block about people, of 6,400 words in 180 sentences and a spend of $0.155."""
    figures = assumptions({f"human.{name}": value for name, value in assumed.items()}, None, Timed(12.4, 9, 15, 41))
    human = human_cost(6400, 155_000_000, assumed=figures, items=180, gold={"dev": 60, "test": 40}, gold_words=2000)
    return words_of(people_page.people(replace(snapshots.paid(), human=human), "", 100, UNICODE))


def test_what_people_cost_says_what_it_was_made_of() -> None:
    text = people()
    for words in (
        "Would cost ≈ $14.08 – 42.24 · 6,400 words / 50 × $0.11 × 1 to 3 annotators",
        "LLM $0.155 · confirmed + unconfirmed: failures, retries, comparisons, probes, all",
        "Gold ≈ $4.400 – 13.20 · 2,000 words / 50 × $0.11 × 1 to 3 annotators, 100 sentences: 60 dev, 40 test (dev and",
        "Review not counted · 41 sentences × 12.4 (9.0 to 15.0) s / 3600 × a wage, which is not known",
        "Ratio 3.1 – 3.2 × = people / (LLM + gold + review) 91 – 273 × = people / LLM alone",
        "By $0.11 per 50 words (arXiv 2108.13487), 1 to 3 annotators",
        "USD per 50 words 0.11 arXiv 2108.13487",
        "annotators each 1 (1 – 3)",
        "seconds a review 12.4 (9.0 – 15.0) the median of 41 reviewed here",
    ):
        assert words in text, words
    assert "42.45" not in text
    text = people(usd_per_hour="18", annotators="2")
    assert "≈ $16.20 – 27.00 · 180 sentences × 12.4 (9.0 to 15.0) s / 3600 × $18.00 × 2 annotators" in text
    assert "Review ≈ $1.845 – 3.075" in text
    assert "20.0 s a sentence (assumed here)" in people(usd_per_hour="18", seconds_per_item="20")
    assert "known once sentences are answered" in words_of(people_page.people(snapshots.empty(), "", 100, UNICODE))


def test_dollars_to_an_f1_by_each_route() -> None:
    snapshot = snapshots.working(5)

    def said(target: float | None) -> str:
        found = dollars(target, snapshot.rounds, snapshot.human)
        return words_of(people_page.dollars(found, snapshot, "", 100, UNICODE))

    text = said(0.75)
    for words in ("To dev F1 0.75 LLM only ≈ $0.", " labels (", "People only ≈ $", "Mixed nobody has reviewed here"):
        assert words in text, words
    assert "no baseline loop on gold of three rounds" in text
    assert "run with --until f1=0.8" in said(None)
    assert "2 there are" in words_of(
        people_page.dollars(dollars(0.8, snapshot.rounds[:2], snapshot.human), snapshot, "", 100, UNICODE)
    )


# -- keys, and what is written --------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_the_screen_reads_a_real_project(accounts: Accounts, size: tuple[int, int]) -> None:
    loop = accounts.app()
    async with loop.run_test(size=size) as pilot:
        await until(pilot, "under a minute")
        text = whole_page(loop)
        for words in (
            "cap $2.000 · spent 0.400",
            "Goal 6 rounds · 4 done To come 2 rounds · 18 labels Cost $0.200",
            "✓ holds: $1.600 is free",
            "F1 dev then ≈ .7",
            "144 words / 50 × $0.11",
            "m · openai",
        ):
            assert words in text, words
        shown = screen_text(loop)
        assert "SIMULATED" in shown
        assert all(len(line) <= size[0] for line in shown.splitlines())


async def test_figures_are_read_where_the_project_rests(accounts: Accounts) -> None:
    loop = accounts.app(place="loop")
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "people would cost")
        await pilot.pause(0.5)
        await pilot.press("3")
        assert "m · openai" in await until(pilot, "m · openai"), "no further picture comes"


async def test_the_cap_is_set_in_the_ledger_and_in_the_settings(accounts: Accounts) -> None:
    loop = accounts.app()
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "under a minute")
        await pilot.press("c")
        await until(pilot, "Cap in USD")
        await pilot.press("x")
        assert "'x' is not an amount in USD such as 2.00" in await until(pilot, "not an amount")
        await pilot.press("enter")
        assert accounts.rows("SELECT cap_nanousd FROM budget") == [(CAP,)]
        await pilot.press("backspace", "0", ".", "3")
        assert "below what is spent (0.400): nothing more is sent" in await until(pilot, "below what")
        await pilot.press("backspace", "9", "enter")
        assert "cap $0.900 · spent 0.400" in await until(pilot, "cap $0.900")
    assert accounts.rows("SELECT cap_nanousd, project FROM cap ORDER BY id") == [
        (CAP, accounts.project),
        (900_000_000, accounts.project),
    ]
    assert accounts.rows("SELECT cap_nanousd FROM budget") == [(900_000_000,)]
    assert accounts.paths.settings.read_text(encoding="utf-8") == SETTINGS.replace('"2.00"', '"0.90"')


async def test_plus_and_minus_step_the_cap(accounts: Accounts) -> None:
    loop = accounts.app()
    async with loop.run_test(size=(80, 24)) as pilot:
        await until(pilot, "under a minute")
        await pilot.press("plus", "plus", "minus", "plus")
        assert "cap $2.400" in await until(pilot, "cap $2.400")
    assert [row[0] for row in accounts.rows("SELECT cap_nanousd FROM cap ORDER BY id")] == [
        CAP,
        2_200_000_000,
        2_400_000_000,
        2_200_000_000,
        2_400_000_000,
    ]
    assert 'cap_usd = "2.40"  # for now' in accounts.paths.settings.read_text(encoding="utf-8")


async def test_settings_that_cannot_be_changed_leave_the_cap_as_it_is(accounts: Accounts) -> None:
    accounts.paths.settings.write_text("[budget\n", encoding="utf-8")
    loop = accounts.app()
    async with loop.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "under a minute")
        await pilot.press("plus")
        assert "llmaaa.toml" in await until(pilot, "llmaaa.toml")
        assert "cap $2.000" in screen_text(loop)
    assert accounts.rows("SELECT cap_nanousd FROM budget") == [(CAP,)]
    assert accounts.paths.settings.read_text(encoding="utf-8") == "[budget\n"


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_an_assumption_is_changed_in_place_and_counts_at_once(accounts: Accounts, size: tuple[int, int]) -> None:
    loop = accounts.app()
    async with loop.run_test(size=size) as pilot:
        await until(pilot, "under a minute")
        assert "$0.11 per 50 words (arXiv 2108.13487)" in whole_page(loop)
        await pilot.press("tab", "tab")
        assert "▸ USD per 50 words" in await until(pilot, "▸ USD per 50"), "what is chosen comes into sight"
        await pilot.press("enter")
        await until(pilot, "empty: the default")
        await pilot.press("0", ".", "2", "enter")
        await until(pilot, "0.20  assumed here")
        assert "$0.20 per 50 words (assumed here), 1 to 3 annotators" in whole_page(loop)
        await pilot.press("shift+tab", "shift+tab", "enter")
        await until(pilot, "target dev F1 (empty")
        await pilot.press("2", "enter")
        assert "is not an F1 above 0" in await until(pilot, "is not an F1 above 0")
        await pilot.press("backspace", "0", ".", "7", "enter")
        await until(pilot, "LLM only")
        assert "To dev F1 0.7 LLM only ≈ $" in whole_page(loop)
        await pilot.press("tab", "tab", "delete")
        await until(pilot, "0.11  arXiv")
        await pilot.press("escape")
        assert "▸" not in screen_text(loop), "let go of what was chosen"
    assert accounts.rows("SELECT name, value, reviewer FROM assumption ORDER BY id") == [
        ("human.usd_per_50_words", "0.2", "mara"),
        ("forecast.f1", "0.7", "mara"),
        ("human.usd_per_50_words", "", "mara"),
    ]


async def test_nothing_is_changed_from_the_past_or_read_only(accounts: Accounts) -> None:
    loop = accounts.app()
    async with loop.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "under a minute")
        await pilot.press("left_square_bracket", "left_square_bracket")
        text = await until(pilot, "spent 0.200")
        assert "PAST: round 2 of 4" in text
        assert " cap  " not in text.splitlines()[-1]
        await pilot.press("plus", "c", "tab", "enter")
        assert "This is the past" in await until(pilot, "This is the past")
        await until(pilot, "2 of the 3 rounds")
        text = whole_page(loop)
        assert "2 of the 3 rounds it needs are measured" in text, "the figures of that moment"
        assert "72 words / 50" in text
    loop = accounts.app(readonly=True)
    async with loop.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "under a minute")
        await pilot.press("minus", "c")
        assert "opened read-only" in await until(pilot, "opened read-only")
    assert len(accounts.rows("SELECT 1 FROM cap")) == 1
    assert accounts.rows("SELECT 1 FROM assumption") == []


async def test_e_shows_the_estimate_and_starts_nothing() -> None:
    loop, _source, controls = app(snapshots.ended(5), preflight=True)
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "Ended")
        await pilot.press("3")
        await until(pilot, "e estimate")
        await pilot.press("e")
        text = await until(pilot, "in all")
        assert "What it will cost" in text
        assert "y send" not in text
        await pilot.press("y")
        await until(pilot, "in all", gone=True)
        await pilot.press("escape")
        await pilot.pause()
        assert controls.commands == []
        assert loop.screen is loop._loop_screen


async def test_a_small_screen_scrolls_by_keys() -> None:
    loop, _source, _controls = app(snapshots.paid())
    async with loop.run_test(size=(80, 24)) as pilot:
        await until(pilot, "31/50")
        await pilot.press("3")
        assert "$ each" not in await until(pilot, "Unconfirmed: nobody")
        await pilot.press("G")
        assert "$ each" in await until(pilot, "$ each")
        await pilot.press("k", "pageup", "g", "g")
        text = await until(pilot, "Unconfirmed: nobody")
        assert "cap $2.000" in text
        await pilot.press("j")
        assert "Against the cap" not in await until(pilot, "Against the cap", gone=True)


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 36)])
async def test_hostile_text_on_the_budget_page(size: tuple[int, int]) -> None:
    source = Shown(snapshots.paid())
    loop = LoopApp(source, Told(), folder="x[/b]\x1b[2J")
    async with loop.run_test(size=size) as pilot:
        await until(pilot, "alive")
        await pilot.press("3")
        await until(pilot, "Unconfirmed: nobody")
        width = size[0] - 5
        for text in snapshots.HOSTILE:
            bad = replace(snapshots.hostile(text), goals=(text, f"f1={text}"))
            source.put(bad)
            await pilot.pause(0.15)
            assert not [link for link in links(loop) if "quit" in str(link)]
            spend = ModelSpend(text, text, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1)
            blocks = [
                budget_page.models(replace(BOOKS, models=(spend,)), width, UNICODE),
                *budget_page.unconfirmed(bad, "x[/b]\x1b[2J", width, UNICODE),
                budget_page.prices(bad, width, UNICODE),
            ]
            for line in [line for block in blocks for line in block.lines]:
                assert not harmful(line.plain)
                assert line.cell_length <= width
                assert all(isinstance(span.style, str) and "click" not in span.style for span in line.spans)


def test_words_about_the_cap() -> None:
    assert [plain_usd(nano) for nano in (0, CAP, 1_234_500_000, 1)] == ["0.00", "2.00", "1.2345", "0.000000001"]
    cents = {0: 10, 50: 10, 200: 20, 499: 20, 500: 50, 1000: 100, 2500: 200, 10_000: 1000, 99_999: 5000}
    for cap, by in cents.items():
        assert step(cap * 10_000_000) == by * 10_000_000, cap
    budget = snapshots.paid().budget
    assert means(100_000_000, budget, None) == "below what is spent (0.155): nothing more is sent"
    assert "take all of it" in means(199_000_000, budget, None)
    assert means(1_200_000_000, budget, 1_000_000) == "1.000 would be free: about 1,000 more sentences"


# -- waiting --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((80, 24), "with the provider 12/25"),
        ((120, 36), "waiting for the provider 12/25"),
        ((200, 60), "batch_6912ab44"),
    ],
)
async def test_a_batch_at_the_provider_is_a_phase_of_its_own(size: tuple[int, int], words: str) -> None:
    since = (datetime.now(UTC) - timedelta(minutes=41)).isoformat()
    loop, source, _controls = app(snapshots.waiting(since))
    async with loop.run_test(size=size) as pilot:
        text = await until(pilot, words)
        assert "Round 4 of 10" in text
        assert "48 %" in text
        assert "for 41:" in text
        assert " eta " not in text
        source.put(snapshots.waiting("no time"))
        assert words in await until(pilot, "for 41:", gone=True)
        source.put(snapshots.paid())
        assert "annotating 31/50" in await until(pilot, "31/50")


async def test_a_run_that_waits_has_not_ended() -> None:
    reason = "batch b_1 is not ready yet at the provider"
    waits = replace(snapshots.ended(5), ended=Ended(6, reason))
    loop, _source, _controls = app(waits)
    async with loop.run_test(size=(120, 36)) as pilot:
        text = await until(pilot, "Waits")
        assert f"‖ Waits · {reason} · s looks again" in text
        assert "Ended" not in text


# -- labels one should look at --------------------------------------------------------------------


async def test_doubtful_answers_say_so_in_the_list_and_in_full() -> None:
    loop, _source, _controls = app(snapshots.paid())
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "31/50")
        await pilot.press("home")
        assert "▲ suspicious · ‹Benki Kuu ORG›" in await until(pilot, "suspicious ·")
        await pilot.press("enter")
        text = await until(pilot, "why picked")
        assert "confidence  .78, as far as several answers agree" in text
        assert "LOC  Dodoma  35–41  exact  confidence .67" in text
        assert "PER  Samia Suluhu Hassan  5–24  exact  confidence" not in text
        assert "suspicious:" not in text
        await pilot.press("j")
        assert "▲ suspicious: ungrounded words, follows instructions" in await until(pilot, "suspicious:")
        assert "rank 2 of 50" in await until(pilot, "rank 2")


# -- words ----------------------------------------------------------------------------------------


def test_words_about_money() -> None:
    today = date(2026, 11, 21)
    assert age_days("2026-11-01", today) == 20
    assert age_days("table 1.2 of 2026-11-01, checked", today) == 20
    assert [age_days(words, today) for words in ("", "as declared", "2026-13-01")] == [None, None, None]
    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    for minutes, words in ((0, "0 min"), (59, "59 min"), (61, "1 h 01"), (47 * 60, "47 h 00"), (48 * 60, "2 days")):
        assert ago((now - timedelta(minutes=minutes)).isoformat(), now) == words
    assert [ago(words, now) for words in ("", "yesterday", "2026-11-21T11:00:00")] == ["", "", ""]
    assert [per_million(nano) for nano in (200, 20, 5, 15_000)] == ["0.20", "0.02", "0.0050", "15.00"]
    assert manner(1, "", 1, 0, False) == "1 a request; none shown"
    assert manner(5, "", 1, 3, False) == "5 a request: set by hand: only 2 has recorded accuracy; 3 demonstrations"
    assert manner(5, "measured", 1, 3, False).startswith("5 a request: measured;")


# -- elsewhere ------------------------------------------------------------------------------------


async def test_the_first_screen_and_status_follow_the_assumptions(accounts: Accounts) -> None:
    decisions = Decisions(accounts.database, "mara", "s")
    decisions.assume("human.usd_per_hour", "36")
    decisions.assume("human.seconds_per_item", "20")
    decisions.close()
    loop = accounts.app(place="loop")
    async with loop.run_test(size=(200, 60)) as pilot:
        text = await until(pilot, "people would cost")
        assert "≈ $ 7.200 – 21.60" in text, "36 sentences of 20 s at 36 USD an hour"
        assert "$36.00 an hour" in text
        assert loop.live is not None
        human = status(loop.live)["human"]
        assert human["cost_nanousd_low"] == 7_200_000_000
        assert human["basis"].startswith("$36.00 an hour (assumed here), 20.0 s a sentence (assumed here)")


async def test_a_cap_set_before_the_first_run_is_shown(tmp_path: Path) -> None:
    made = Accounts(tmp_path, done=0)
    loop = made.app()
    async with loop.run_test(size=(80, 24)) as pilot:
        await until(pilot, "cap $2.000")
        await pilot.press("minus")
        assert "cap $1.800" in await until(pilot, "cap $1.800")
        await pilot.pause(PENDING_S + 0.1)
        assert "cap $1.800" in screen_text(loop)
    made.close()
