"""The annotators side by side, on a real project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store.store_making import ANSWER, EMPTY, LABELLED, USAGE, request
from ui import evidence, snapshots
from ui.accounts import EACH, Accounts
from ui.doubles import Shown, Told, screen_text, until
from ui.test_hostile import harmful

from llmaaa_tui.core.crossing import crossing
from llmaaa_tui.core.document import Labels, Span
from llmaaa_tui.core.groups import Gap, Grouped, GroupScore
from llmaaa_tui.core.league import LeagueRow
from llmaaa_tui.core.review import Again
from llmaaa_tui.core.snapshot import Baseline, Calibration, Measure, Score
from llmaaa_tui.core.states import Kind
from llmaaa_tui.core.tasks import CLASSIFICATION, MULTILABEL, NER, RELATION
from llmaaa_tui.store import replies, rounds
from llmaaa_tui.store.comparing import write_comparison
from llmaaa_tui.store.decisions import Decisions
from llmaaa_tui.store.league import League
from llmaaa_tui.store.leakage_rows import write_findings
from llmaaa_tui.store.rounds import MetricSet
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.glyphs import ASCII, UNICODE, Glyphs
from llmaaa_tui.ui.pages import annotators as annotators_page
from llmaaa_tui.ui.pages import compared
from llmaaa_tui.ui.pages.scatter import Point, scatter
from llmaaa_tui.ui.widgets.sheet import Block

SIZES = ((80, 24), (120, 36), (200, 60))


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    made = Accounts(tmp_path, done=2)
    yield made
    made.close()


def table(accounts: Accounts, as_of: int | None = None) -> dict[str, LeagueRow]:
    league = League(accounts.database, accounts.database)
    try:
        return {row.name: row for row in league.table(as_of)}
    finally:
        league.close()


def again(accounts: Accounts, item: int, name: str, *, kind: Kind = Kind.LLM, number: int | None = 2) -> None:
    """Another annotator's answer about an item that was asked about before."""
    asked = request(f"{name}{item}", [item])
    replies.map_requests(accounts.store, [asked], number, "escalate")
    attempt = accounts.ledger.hold(asked, EACH, "escalate")
    assert attempt is not None
    accounts.ledger.settle(attempt, ANSWER, USAGE, 3 * EACH)
    answer = replace(LABELLED, flags=("ungrounded_words", "follows_instructions"), confidence=0.5)
    replies.write_answers(
        accounts.store, {item: answer}, kind=kind, annotator=name, number=number, request_key=f"{name}{item}"
    )


def test_each_annotator_has_what_the_store_knows_of_it(accounts: Accounts) -> None:
    again(accounts, accounts.pool[0], "dearer")
    rows = table(accounts)
    assert list(rows) == ["simulated-m", "dearer", "tiny"]
    first = rows["simulated-m"]
    assert (first.labelled, first.empty, dict(first.failed)) == (16, 2, {"not_json": 2})
    assert (first.cost_nanousd, first.each_nanousd, first.requests) == (20 * EACH, -(-20 * EACH // 18), 20)
    assert first.seconds == 0.25
    assert first.confidence is None
    assert first.picked is not None
    # 16 sentences with PER right and LOC missed, 2 without any span: 16 right, none wrong, 20 missed.
    assert (first.picked.precision, first.picked.recall, first.picked.n) == (1.0, 16 / 36, 18)
    assert first.simulated == "simulated"
    second = rows["dearer"]
    assert (second.usable, second.each_nanousd, second.confidence, second.confident) == (1, 3 * EACH, 0.5, 1)
    assert dict(second.flagged) == {"follows_instructions": 1, "ungrounded_words": 1}
    student = rows["tiny"]
    assert student.kind == "student"
    assert student.measured is not None
    assert (student.measured.f1, student.split, student.measured.n) == (0.55, "dev", 40)


def test_a_vote_stands_for_its_samples(accounts: Accounts) -> None:
    item = accounts.pool[0]
    before = table(accounts)["simulated-m"]
    replies.write_answers(
        accounts.store, {item: replace(EMPTY, confidence=1.0)}, kind=Kind.VOTE, annotator="simulated-m", number=1
    )
    after = table(accounts)["simulated-m"]
    assert (after.usable, after.confident, after.cost_nanousd) == (before.usable, 1, before.cost_nanousd)


def test_what_people_said_of_the_answers(accounts: Accounts) -> None:
    labelled = [
        (int(str(item)), int(str(annotation)))
        for item, annotation in accounts.rows(
            "SELECT item_id, id FROM annotation WHERE kind = 'llm' AND state = 'labelled' ORDER BY id"
        )
    ]
    start = accounts.store.value("SELECT seq FROM counter")
    decisions = Decisions(accounts.database, "mara", "s")
    for item, annotation in labelled[:4]:
        decisions.accept(item, annotation, seconds=4.0)
    decisions.reject(*labelled[4], seconds=10.0)
    decisions.mend(*labelled[5], Labels((Span(0, 3, "LOC"),)), seconds=20.0)
    decisions.mend(*labelled[6], Labels((Span(0, 3, "LOC"),)), seconds=30.0, blind=True)
    decisions.skip(*labelled[7], seconds=1.0)
    decisions.reject(*labelled[8])
    decisions.undo()
    decisions.close()
    rows = table(accounts)
    judged = rows["simulated-m"]
    assert (judged.accepted, judged.mended, judged.rejected) == (4, 1, 1), "blind, skipped and undone ones say nothing"
    assert judged.share is not None
    assert (judged.share.k, judged.share.n) == (4, 6)
    assert judged.share.low == pytest.approx(0.3000, abs=1e-3)
    person = rows["mara"]
    assert person.kind == "people"
    assert (person.accepted, person.mended, person.rejected) == (4, 2, 1)
    assert (person.seconds, person.requests) == (4.0, 7)
    assert "mara" not in table(accounts, int(start)), "an earlier moment has not seen it"
    assert table(accounts, int(start))["simulated-m"].share is None


def test_a_rejected_answer_stays_one_and_a_failure_is_none(accounts: Accounts) -> None:
    usable = "FROM annotation WHERE kind = 'llm' AND state <> 'failed' ORDER BY id"
    item, annotation = (accounts.store.value(f"SELECT {column} {usable}") for column in ("item_id", "id"))
    lost = "FROM annotation WHERE kind = 'llm' AND state = 'failed' ORDER BY id"
    failed, failure = (accounts.store.value(f"SELECT {column} {lost}") for column in ("item_id", "id"))
    decisions = Decisions(accounts.database, "mara", "s")
    decisions.ask_again(item, decisions.reject(item, annotation), Again.MODEL)
    decisions.mend(failed, failure, Labels((Span(0, 3, "LOC"),)))
    again(accounts, item, "dearer", number=None)
    decisions.accept(item, accounts.store.value("SELECT id FROM annotation WHERE annotator = 'dearer'"))
    decisions.close()
    rows = table(accounts)
    first, dearer = rows["simulated-m"], rows["dearer"]
    assert (first.accepted, first.mended, first.rejected) == (0, 0, 1), "it was wrong, whatever came of the sentence"
    assert (dearer.accepted, dearer.mended, dearer.rejected) == (1, 0, 0)
    assert (dearer.usable, dearer.cost_nanousd, dearer.requests) == (1, 3 * EACH, 1), "asked for a person is paid too"


def test_the_annotator_on_a_gold_split(accounts: Accounts) -> None:
    demo = accounts.rows("SELECT id FROM item WHERE role = 'demonstration' ORDER BY id LIMIT 1")[0][0]
    accounts.store.connection.execute("UPDATE item SET role = 'dev' WHERE id = ?", (demo,))
    again(accounts, int(str(demo)), "simulated-m", number=None)
    score = Score(0.7, 0.8, 0.6, 30, 0.6, 0.8)
    rounds.write_metrics(accounts.store, None, [MetricSet("annotator", "dev", score, {})])
    row = table(accounts)["simulated-m"]
    assert (row.measured, row.split) == (score, "dev")
    assert row.requests == 20, "what was asked to measure it is no label of the pool"


def test_the_students_card_says_whether_to_believe_it() -> None:
    teacher, student = Score(0.71, 0.7, 0.7, 60, 0.66, 0.75), Score(0.74, 0.7, 0.7, 60, 0.70, 0.78)
    row = replace(
        snapshots.ended(2).rounds[-1],
        calibration=Calibration(0.04, 0.09, 2310, 1.6),
        agreement=Measure(0.9823, 4102, 0.97, 0.99),
        uncertainty=Measure(0.071, 4102, 0.06, 0.08),
    )
    shown = replace(snapshots.ended(2), rounds=(row,), crossing=crossing("dev", teacher, [(4, student)]))
    card = annotators_page.card(LeagueRow("tiny", "student"), False, 400, UNICODE, shown)
    said = "\n".join(line.plain for line in card.lines)
    for words in (
        "student passes the annotator in round 4 (.74 [.70, .78] over .71 [.66, .75] on dev); not beyond chance yet",
        "ECE .04 on held dev words (raw .09), temperature 1.6, n = 2,310",
        "kappa .982 (.970 – .990), n 4,102 words, between its tags and those of the student before",
        "mean token entropy .071 (.060 – .080), n 4,102 words",
    ):
        assert words in said, words


def test_the_students_card_holds_it_against_the_baselines() -> None:
    score = Score(0.71, 0.7, 0.72, 400, 0.66, 0.76)
    found = (Baseline("prompting", "test", score, failed=3), Baseline("supervised", "test", score, train_size=100))
    card = annotators_page.card(
        LeagueRow("tiny", "student"), False, 400, UNICODE, replace(snapshots.ended(2), baselines=found)
    )
    text = "\n".join(line.plain for line in card.lines)
    assert "prompting on test: .71 (.66–.76) n 400, 3 answers failed" in text
    assert "supervised on test: .71 (.66–.76) n 400, learnt from 100 gold sentences" in text


def test_what_rows_are_measured_on_is_called_as_the_task_calls_it() -> None:
    shown, score = replace(snapshots.ended(2), task="relation"), Score(0.7, 0.8, 0.6, 30, 0.6, 0.8)
    rows = (LeagueRow("m", "annotator", picked=score, measured=score), LeagueRow("ann", "people", seconds=4.0))
    blocks = [*(annotators_page.card(row, False, 400, UNICODE, shown) for row in rows)]
    text = "\n".join(line.plain for block in (*blocks, annotators_page.about(400, RELATION)) for line in block.lines)
    assert "n 30 pairs" in text
    assert "4.0 s a pair, the median" in text
    assert "the same pairs under F1" in text
    assert "sentence" not in text


def test_accuracy_stands_beside_f1_where_labels_are_of_whole_items() -> None:
    score, right = Score(0.42, 0.4, 0.44, 2622, 0.40, 0.44), Measure(0.3905, 2622, 0.3723, 0.4093)
    row = LeagueRow(
        "recorded-chatgpt", "annotator", 2622, picked=score, accuracy=right, measured=score, split="test",
        measured_accuracy=Measure(0.41, 500, 0.37, 0.45), measured_failed=4,
    )  # fmt: skip
    heads = {}
    for task in (NER, RELATION, CLASSIFICATION, MULTILABEL):
        for width in (75, 115, 195):
            lines = annotators_page.table([row], width, UNICODE, task).lines
            heads[task.name, width] = lines[0].plain
            assert (".39 (.37–.41) n 2,622" in lines[1].plain) == (task is not NER)
            assert all(line.cell_length <= width for line in lines)
    assert all(("accuracy" in head) == (name != "ner") for (name, _), head in heads.items())
    for words in ("usable", "failed", "accuracy as picked", "$ a label"):
        assert words in heads["relation", 75]
    assert "F1 as picked" in heads["relation", 115]
    assert "accuracy on gold" in heads["relation", 195]
    shown = replace(snapshots.ended(2), task="relation")
    text = "\n".join(line.plain for line in annotators_page.card(row, False, 400, UNICODE, shown).lines)
    assert "accuracy .39 (.37 – .41), F1 .42 (.40 – .44), P .40 R .44, n 2,622 pairs answered" in text
    assert "On test     accuracy .41 (.37 – .45), F1 .42" in text
    assert "4 of them failed" in text
    assert "RECORDED" in text
    assert "Accuracy is the share of pairs" in "\n".join(
        line.plain for line in annotators_page.about(400, RELATION).lines
    )


@pytest.mark.parametrize("size", SIZES)
async def test_the_screen_says_it_at_every_size(accounts: Accounts, size: tuple[int, int]) -> None:
    loop = accounts.app(place="annotators")
    async with loop.run_test(size=size) as pilot:
        text = await until(pilot, "simulated-m  ")
        flat = " ".join(text.split())
        for words in (
            "Side by side",
            "usable",
            "simulated-m",
            "SIMULATED",
            "the student: tiny",
            "16 labelled, 2 empty",
        ):
            assert words in flat, words
        assert "(.5" in text, "the interval stands beside F1"
        assert " n 18" in text
        assert all(len(line) <= size[0] for line in text.splitlines())
        assert len(text.splitlines()) == size[1]
        await pilot.press("G")
        assert "How to read it" in await until(pilot, "How to read it")
        await pilot.press("g", "g", "tab")
        assert "▸ simulated-m" in await until(pilot, "▸ simulated-m")
        await pilot.press("tab")
        assert "▸ the student: tiny" in await until(pilot, "▸ the student")
        await pilot.press("escape")
        assert "▸" not in await until(pilot, "▸", gone=True)


async def test_the_past_shows_the_rows_of_that_moment(accounts: Accounts) -> None:
    loop = accounts.app(place="annotators")
    async with loop.run_test(size=(120, 36)) as pilot:
        assert "16 labelled, 2 empty" in await until(pilot, "16 labelled")
        await pilot.press("left_square_bracket")
        assert "8 labelled, 1 empty, 1 failed" in await until(pilot, " 8 labelled")
        await pilot.press("right_square_bracket")
        assert "16 labelled, 2 empty" in await until(pilot, "16 labelled")


async def test_before_anybody_answered_and_without_a_project(tmp_path: Path) -> None:
    made = Accounts(tmp_path, done=0)
    loop = made.app(place="annotators")
    async with loop.run_test(size=(80, 24)) as pilot:
        assert "Nobody has answered yet." in await until(pilot, "Nobody has answered")
    made.close()
    pictures = LoopApp(Shown(snapshots.paid()), Told())
    async with pictures.run_test(size=(80, 24)) as pilot:
        await until(pilot, "31/50")
        await pilot.press("4")
        assert "no project behind these pictures" in await until(pilot, "no project behind")
        assert "gpt" not in screen_text(pictures)


@pytest.mark.parametrize("width", [50, 75, 115, 195])
def test_foreign_names_break_no_line(width: int) -> None:
    score = Score(0.5, 0.5, 0.5, 12345, 0.4, 0.6)
    for text in snapshots.HOSTILE:
        rows = [
            LeagueRow(text, kind, 10, 1, {text: 2}, {text: 3}, score, score, text, 0.5, 9, 10**9, 12.5, 77, 5, 4, 3, 2)
            for kind in ("annotator", "student", "people")
        ]
        blocks = [
            annotators_page.table(rows, width, ASCII),
            *(annotators_page.card(r, True, width, UNICODE) for r in rows),
        ]
        for line in [line for block in blocks for line in block.lines]:
            assert not harmful(line.plain)
            assert line.cell_length <= width
            assert all(isinstance(span.style, str) and "click" not in span.style for span in line.spans)


# -- compared ---------------------------------------------------------------------------------------


def plain(*blocks: Block | None) -> str:
    return "\n".join(line.plain for block in blocks if block is not None for line in block.lines)


def test_the_table_is_sorted_and_its_first_columns_stay_on_a_narrow_screen() -> None:
    found = evidence.comparison(leakage="MasakhaNER 2, continuation probe: evidence of leakage, n = 100, p < .001")
    narrow, wide = (compared.head(found, width, UNICODE) for width in (75, 195))
    heads = next(line.plain for line in narrow.lines if "F1 over all" in line.plain)
    assert heads.split("  ")[-1].strip() == "$/1,000"
    assert [name in heads for name in ("F1 usable", "failed", "kappa", "token acc.")] == [True, True, False, False]
    rows = [line.plain for line in narrow.lines[-4:]]
    assert [row[:2] for row in rows] == ["A ", "B ", "C ", "D "]
    assert " ".join(rows[0].split()) == "A big-model-x, inline, 0 … .71 (.65–.77) n 50 .74 4.0 % 4.200"
    assert rows[1].startswith("B ▲ simulated-mega")
    assert rows[3].split() == ["D", "small-model", ".24", "(.18–.30)", "n", "50", ".49", "76.0", "%", "0.190"]
    text = plain(wide)
    for words in ("strict", "token acc.", "entity acc.", "self F1", "kappa", "unstable", "s/1,000", "$/right"):
        assert words in text, words
    flat = " ".join(text.split())
    assert "take big-model-x, inline, 0 shown: F1 .710" in flat
    assert "F1 +.05 (+.01 – +.09), p = .014, n 50 sentences, paired bootstrap" in flat
    assert "B SIMULATED: no model was asked" in flat
    assert "Student C: round 3, trained on 150 labels" in flat
    assert "▲ B: MasakhaNER 2, continuation probe: evidence of leakage" in flat


def test_figures_of_a_suspected_annotator_are_amber_and_no_others() -> None:
    found = evidence.comparison(leakage="in doubt")
    line = next(line for line in compared.head(found, 115, UNICODE).lines if line.plain.startswith("B "))
    amber = [line.plain[span.start : span.end].strip() for span in line.spans if span.style == "$warn"]
    assert amber[-3:] == [".66 (.60–.72) n 50", ".69", "95.1 %"]
    assert evidence.FLAGGED[:12] in amber[0]
    assert len(amber) == 4
    clear = compared.head(evidence.comparison(simulated=""), 115, UNICODE)
    assert not [span for line in clear.lines for span in line.spans if "$warn" in str(span.style)]


def test_a_contenders_card_has_every_figure_under_its_right_name() -> None:
    found = evidence.comparison()
    text = " ".join(plain(compared.card(found, found.rows[0], True, 200, UNICODE)).split())
    for words in (
        "▸ A big-model-x, inline, 0 shown",
        "inline marks, none shown, one a request",
        "48 of 50 sentences usable at first; 150 asked, 6 failed (4.0 %): not JSON 4, refused 2",
        "F1 over all .71 (.65 – .77), P .73 R .69, n 50; what failed found nothing",
        ".95 (.94–.96) n 50 of all tokens right over all answers, O too: token accuracy, no F1",
        "the paper's F1 micro",
        "of the tokens that are entities in gold",
        ".93 (.88–.98) n 47 Fleiss' kappa",
        ".24 (.19–.29) n 50 of sentences whose answers are not all alike",
        "$4.200 per 1,000 sentences, $0.0033 a right span",
        "1,240 s per 1,000 sentences",
    ):
        assert words in text, words
    student = plain(compared.card(found, found.rows[2], False, 200, UNICODE))
    assert "Fleiss" not in student, "what was not worked out is left out"
    assert "Ungrounded" not in student


def test_a_task_of_one_label_is_told_by_accuracy() -> None:
    found = evidence.comparison()
    rows = tuple(replace(row, accuracy=evidence.near(0.8), token_accuracy=None) for row in found.rows)
    text = plain(compared.head(replace(found, rows=rows), 195, UNICODE, CLASSIFICATION))
    assert "accuracy" in text
    assert ".80 (.75–.85) n 50" in text
    assert "token acc." not in text


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_f1_against_dollars_is_read_without_colour(glyphs: Glyphs) -> None:
    block = compared.pareto(evidence.comparison(), 100, glyphs)
    text = plain(block)
    assert glyphs is UNICODE or text.isascii()
    for row in ("A big-model-x", "C student", "D small-model"):
        assert row in text
    unbeaten = [line.plain[0] for line in block.lines if line.plain.rstrip().endswith("unbeaten")]
    assert unbeaten == ["A", "B", "C"]
    drawn = [line.plain for line in block.lines[:9]]
    places = {letter: (y, line.index(letter)) for y, line in enumerate(drawn) for letter in "ABCD" if letter in line}
    assert places["A"][0] < places["B"][0] < places["C"][0] < places["D"][0], "higher is better"
    assert places["C"][1] < places["D"][1] < places["B"][1] < places["A"][1], "further right is dearer"


def test_two_at_one_place_are_both_seen_and_one_alone_is_not_drawn() -> None:
    both = [Point("A", 5, 0.5, 0.4, 0.6), Point("B", 5, 0.5, 0.4, 0.6)]
    drawn = "".join(line.plain for line in scatter(both, 60, 9, ASCII, "sentences"))
    assert "AB" in drawn
    assert scatter([], 60, 9, ASCII, "sentences") == []
    found = evidence.comparison()
    alone = compared.pareto(replace(found, rows=found.rows[:1]), 60, UNICODE)
    assert "$ per 1,000" not in plain(alone)


def test_who_agrees_with_whom_fits_half_a_screen() -> None:
    found = evidence.comparison()
    wide, narrow = (compared.agreements(found, width, UNICODE) for width in (75, 48))
    assert "A, gold        .74 (.69–.79)   .73 (.68–.78)   .69 (.64–.74)    50" in plain(wide)
    assert "A, gold        .74 (.69–.79)    .73    .69    50" in plain(narrow)
    assert compared.agreements(replace(found, agreements=()), 75, UNICODE) is None


def test_scores_by_group_and_what_drifted_stand_on_the_card() -> None:
    groups = tuple(GroupScore(f"l{n}", evidence.score(0.7, 60), evidence.near(0.1)) for n in range(10))
    gap = Gap("l0", "l9", 0.2, 0.1, 0.3, 0.001, 0.045, 45)
    one = Grouped("annotator", "dev", "language", None, groups, gap)
    row = LeagueRow("m", "annotator")
    made = annotators_page.card(row, False, 200, UNICODE, None, (one,), "sentinels after round 3: no evidence of drift")
    text = " ".join(plain(made).split())
    assert "By language dev: l0 .70 (.64–.76) n 60, 10 % failed; l1" in text
    assert "and 2 more. Largest gap: l0 over l9: F1 +0.200" in text
    assert "Drift sentinels after round 3" in text


@pytest.mark.parametrize("size", SIZES)
async def test_the_comparison_of_a_store_stands_on_the_screen(accounts: Accounts, size: tuple[int, int]) -> None:
    write_findings(accounts.store, evidence.findings("simulated-m")[:5])
    write_comparison(accounts.store, evidence.comparison("simulated-m"), [], [])
    loop = accounts.app(place="annotators")
    async with loop.run_test(size=size) as pilot:
        text = await until(pilot, "In the project so far")
        flat = " ".join(text.split())
        assert "▲ simulated-m .66 (.60–.72) n 50" in flat
        assert "▲ B: MasakhaNER 2, continuation probe: evidence of leakage" in flat
        assert "50 sentences of dev, random draw, 3 answers each" in flat
        assert all(len(line) <= size[0] for line in text.splitlines())
        await pilot.press("tab")
        assert "▸ A big-model-x" in await until(pilot, "▸ A big-model-x")
        await pilot.press("shift+tab")
        assert "▸ the student: tiny" in await until(pilot, "▸ the student: tiny")
        await pilot.press("shift+tab")
        text = " ".join((await until(pilot, "▸ ▲ simulated-m")).split())
        assert "In doubt: continuation about MasakhaNER 2" in text
        await pilot.press("left_square_bracket")
        assert "big-model-x" not in await until(pilot, "big-model-x", gone=True)


async def test_where_nothing_was_compared_the_command_is_named(accounts: Accounts) -> None:
    loop = accounts.app(place="annotators")
    async with loop.run_test(size=(120, 36)) as pilot:
        flat = " ".join((await until(pilot, "simulated-m  ")).split())
        assert "llmaaa annotators DIR --estimate says what it costs" in flat
        assert "--with annotator.model=NAME" in flat


@pytest.mark.parametrize("width", [56, 75, 115, 195])
def test_foreign_names_break_no_line_of_the_comparison(width: int) -> None:
    made = evidence.comparison()
    for text in snapshots.HOSTILE:
        rows = tuple(replace(row, name=f"{text}{n}", manner=text, leakage=text) for n, row in enumerate(made.rows))
        found = replace(
            made, rows=rows, split=text, recommendation=text, pareto=(rows[0].name,),
            agreements=tuple(replace(one, first=text, second=text) for one in made.agreements),
        )  # fmt: skip
        blocks = [
            compared.head(found, width, ASCII, NER),
            compared.pareto(found, width, UNICODE, NER),
            compared.agreements(found, width, UNICODE, NER),
            *(compared.card(found, row, True, width, UNICODE, NER) for row in rows),
        ]
        for line in [line for block in blocks if block for line in block.lines]:
            assert not harmful(line.plain)
            assert line.cell_length <= width
