"""Planted copies between every two roles, in both modes: taken out or left, noted, and found again by doctor."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import sentences, write_jsonl

from llmaaa_tui.cli.doctor import _copies
from llmaaa_tui.cli.making import make_project, preview_project
from llmaaa_tui.config import Settings, parse_settings
from llmaaa_tui.core.copies import EXACT, NEAR, every_pair
from llmaaa_tui.core.hygiene import LEFT, TAKEN_OUT, Copies, overlaps
from llmaaa_tui.core.split import STRICTNESS
from llmaaa_tui.core.states import Role
from llmaaa_tui.paths import open_project
from llmaaa_tui.store.hygiene import copies_noted, copies_standing
from llmaaa_tui.store.purge import purge
from llmaaa_tui.store.reading import Reading

Row = dict[str, Any]
FLAGS = {Role.TEST: "test", Role.DEV: "dev", Role.META: "meta", Role.DEMONSTRATION: "demos", Role.POOL: "pool"}
GOLD = (Role.DEV, Role.META, Role.DEMONSTRATION)
_WORDS = "the old harbour of the northern town was closed for repairs until the spring of next year"
LONG = tuple(_WORDS.split(" "))


def loud(row: Row) -> Row:
    """The same in capitals, with other punctuation."""
    tokens = [word.upper() for word in row["tokens"]]
    return {**row, "tokens": [*tokens[:-1], f"{tokens[-1]}!?"], "id": f"loud-{row['id']}"}


def one_word_other(row: Row) -> Row:
    return {**row, "tokens": [*row["tokens"][:-1], "month"], "id": f"near-{row['id']}"}


def planted(role: Role, number: int) -> Row:
    """A sentence of one role that no other sentence is near."""
    words = [f"{word}{role}{number}" for word in LONG]
    return {"id": f"{role}-{number}", "tokens": words, "tags": ["O"] * len(words)}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A file a role; each stricter role's own sentence stands in every later role's too, loud and nearly."""
    rows: dict[Role, list[Row]] = {role: sentences(25, place) for place, role in enumerate(STRICTNESS)}
    for number, (strict, other) in enumerate(every_pair(STRICTNESS)):
        one, two = planted(strict, 2 * number), planted(strict, 2 * number + 1)
        rows[strict] += [one, two]
        rows[other] += [loud(one), one_word_other(two)]
    return {FLAGS[role]: write_jsonl(tmp_path / f"{FLAGS[role]}.jsonl", some) for role, some in rows.items()}


@pytest.fixture
def made(tmp_path: Path, files: dict[str, Path], tiny_encoder: Path) -> Callable[[str], tuple[Path, tuple[str, ...]]]:
    def make(mode: str) -> tuple[Path, tuple[str, ...]]:
        settings = parse_settings("", "x", [f"student.encoder={tiny_encoder}", f"project.mode={mode}"])
        return tmp_path / mode, make_project(tmp_path / mode, files, settings).lines

    return make


def found(folder: Path) -> tuple[tuple[Copies, ...], tuple[Copies, ...]]:
    """What was noted, and what stands."""
    paths, settings = open_project(folder)
    reading = Reading(paths.database(settings), paths.ledger(settings))
    try:
        return copies_noted(reading) or (), copies_standing(reading)
    finally:
        reading.close()


def test_in_strict_mode_every_planted_copy_is_taken_out_and_none_stands(
    made: Callable[[str], tuple[Path, tuple[str, ...]]],
) -> None:
    folder, lines = made("strict")
    noted, standing = found(folder)
    assert {(one.role_a, one.role_b, one.kind): one.count for one in noted} == {
        (strict, other, kind): 1 for strict, other in every_pair(STRICTNESS) for kind in (EXACT, NEAR)
    }
    assert {one.done for one in noted} == {TAKEN_OUT}
    assert len(standing) == 20
    assert not any(one.count for one in standing)
    assert "copies: looked for, exact and near, between 10 pairs of roles: 20 taken out, 0 left" in lines
    near = next(one for one in noted if (one.role_a, one.role_b, one.kind) == (Role.DEV, Role.POOL, NEAR))
    ((kept, copy),) = near.examples
    assert kept.startswith("dev.jsonl:")
    assert "(dev-" in kept
    assert copy.startswith("pool.jsonl:")
    assert "(near-dev-" in copy
    assert _copies(folder) == (
        True,
        "copies between roles: 10 pairs of roles held against each other anew, exact and near: none",
    )


def test_in_paper_mode_the_gold_roles_keep_theirs_and_test_and_pool_do_not(
    made: Callable[[str], tuple[Path, tuple[str, ...]]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, lines = made("paper")
    noted, standing = found(folder)
    for one in noted:
        shared = one.role_a in GOLD and one.role_b in GOLD
        assert (one.count, one.done) == (1, LEFT if shared else TAKEN_OUT), one
    left = {(one.role_a, one.role_b, one.kind): one.examples for one in noted if one.done == LEFT}
    assert len(left) == 6
    assert {(one.role_a, one.role_b, one.kind) for one in standing if one.count} == set(left)
    assert "1 near copy of a dev sentence in meta, left there, as paper mode has it" in lines
    fine, said = _copies(folder)
    assert fine
    assert said.endswith("those above, as paper mode has it; none with test or pool")
    assert capsys.readouterr().out.count("copy of a") == 6


def test_doctor_sees_a_copy_that_came_in_behind_its_back_and_stays_quiet_of_purged_texts(
    made: Callable[[str], tuple[Path, tuple[str, ...]]], capsys: pytest.CaptureFixture[str]
) -> None:
    from llmaaa_tui.store.database import Store

    folder, _ = made("strict")
    paths, settings = open_project(folder)
    store = Store(paths.database(settings))
    text, twin = (
        store.rows(
            "SELECT document_id, text FROM visible_item WHERE role = ? ORDER BY id LIMIT 1", role
        )[0]
        for role in ("test", "pool")
    )  # fmt: skip
    store.connection.execute(
        "UPDATE document SET text = ? WHERE id = ?", (text["text"].upper() + " !", twin["document_id"])
    )
    store.close()
    fine, said = _copies(folder)
    assert not fine
    assert "1 must not be there; make the project anew" in said
    assert "1 exact copy of a test sentence in pool, left: #" in capsys.readouterr().out
    purge(paths.database(settings), paths.ledger(settings))
    assert _copies(folder) == (True, "copies between roles: the texts were deleted, nothing is left to look at")
    assert not any(one.examples for one in found(folder)[0])


def test_a_preview_says_it_too(files: dict[str, Path]) -> None:
    said = preview_project(files, Settings())
    assert json.loads(json.dumps(said["copies"])) == said["copies"]
    assert sum(one["count"] for one in said["copies"]) == 20
    assert any("between 10 pairs of roles: 20 taken out" in line for line in said["lines"])


def test_one_gold_set_for_all_is_counted_as_what_it_is(tmp_path: Path) -> None:
    gold = write_jsonl(tmp_path / "gold.jsonl", sentences(70, 1))
    pool = write_jsonl(tmp_path / "pool.jsonl", sentences(30, 2))
    said = preview_project({"gold": gold, "pool": pool}, parse_settings("", "x", ["project.mode=paper"]))
    left = {
        (one["role_a"], one["role_b"]): one["count"] for one in said["copies"] if one["done"] == LEFT and one["count"]
    }
    assert left == {("dev", "meta"): 70, ("dev", "demonstration"): 70, ("meta", "demonstration"): 70}
    copied = write_jsonl(tmp_path / "test.jsonl", [*sentences(20, 3), sentences(70, 1)[4]])
    said = preview_project({"gold": gold, "pool": pool, "test": copied}, Settings())
    of_gold = [one for one in said["copies"] if one["role_b"] == "gold"]
    assert [one["count"] for one in of_gold] == [1, 0]
    assert of_gold[0]["examples"] == [["test.jsonl:21 (1-4)", "gold.jsonl:5 (1-4)"]]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("the OLD harbour, of the northern town was closed for repairs until the spring!", EXACT),
        ("the old harbour of the northern town was closed for repairs until the summer", NEAR),
        ("the new harbour of a northern town was open until the spring", None),
    ],
)
def test_case_and_punctuation_are_nothing_and_a_word_is_near(text: str, kind: str | None) -> None:
    kept = "the old harbour of the northern town was closed for repairs until the spring"
    rows = overlaps({Role.DEV: [(kept, "a:1")], Role.POOL: [(text, "b:1"), (text, "b:2")]})
    assert {one.kind: one.count for one in rows} == {EXACT: 2 * (kind == EXACT), NEAR: 2 * (kind == NEAR)}


def test_what_was_written_is_held_against_gold_and_not_the_pool() -> None:
    rows = overlaps(
        {Role.TEST: [("a b c d", "t:1")], Role.POOL: [("e f g h", "p:1")], Role.GENERATED: [("A b c d.", "g")]}
    )
    assert {(one.role_a, one.role_b) for one in rows} == {("test", "pool"), ("test", "generated")}
    assert [one.examples for one in rows if one.count] == [(("t:1", "g"),)]
