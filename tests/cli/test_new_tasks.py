"""`llmaaa new` for tasks other than names: roles by sentence, the negative label, what is said of items and texts."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support import FIRMS, PEOPLE, PLACES, write_jsonl

from llmaaa_tui.cli.making import make_project, preview_project
from llmaaa_tui.cli.negatives import Negatives
from llmaaa_tui.config import Settings, parse_settings
from llmaaa_tui.core.states import Role
from llmaaa_tui.errors import InputError, ProjectError
from llmaaa_tui.paths import open_project
from llmaaa_tui.store import items
from llmaaa_tui.store.database import Store


def related(count: int, seed: int, *, gold: bool = True) -> list[dict[str, Any]]:
    """Sentences of a person, a firm and a place, with two of their six pairs related."""
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        names = [rng.choice(PEOPLE), rng.choice(FIRMS), rng.choice(PLACES)]
        text = f"{names[0]} works for {names[1]} in {names[2]} , no{seed}x{number} q{rng.randrange(10**6)} ."
        spans = [{"start": text.index(name), "end": text.index(name) + len(name)} for name in names]
        row: dict[str, Any] = {"id": f"{seed}-{number}", "text": text, "spans": spans}
        relations = [{"head": 0, "tail": 1, "label": "Work_For"}, {"head": 1, "tail": 2, "label": "Based_In"}]
        rows.append({**row, "relations": relations} if gold else row)
    return rows


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    rows = {"pool": related(30, 1), "gold": related(40, 2), "test": related(10, 3)}
    rows["pool"] += rows["gold"][:2]
    return {flag: write_jsonl(tmp_path / f"{flag}.jsonl", some) for flag, some in rows.items()}


def chosen(*overrides: str) -> Settings:
    return parse_settings("", "x", ["project.task=relation", "project.name=p", *overrides])


def test_a_project_of_pairs(tmp_path: Path, files: dict[str, Path], tiny_encoder: Path) -> None:
    words = "{e1} works for {e2}"
    settings = chosen(f"student.encoder={tiny_encoder}", f"labels.Work_For={words}")
    made = make_project(tmp_path / "p", files, settings)
    assert f"read {files['pool']} (jsonl-relations): 192 pairs of 32 sentences, 192 with labels" in made.lines
    assert any(line.startswith("         pool: 180 pairs of 30 sentences (180 with hidden gold") for line in made.lines)
    copies = [line for line in made.lines if "of exact copies of a" in line]
    assert sum(int(line.split()[0]) for line in copies) == 12
    assert "negative label, which counts for no F1: no_relation" in made.lines
    paths, settings = open_project(tmp_path / "p")
    assert (settings.project.negative, settings.project.task) == ("no_relation", "relation")
    assert settings.labels["Work_For"] == words
    store = Store(paths.database(settings))
    assert items.project(store).negative == "no_relation"
    held: dict[Role, set[str]] = {}
    for role in (Role.POOL, Role.DEMONSTRATION, Role.META, Role.DEV, Role.TEST):
        documents = items.documents(store, items.items_of(store, role))
        held[role] = {document.text for document in documents.values()}
        assert len(documents) == 6 * len(held[role]), "all pairs of a sentence stand in one role"
        assert all(document.pair is not None for document in documents.values())
    assert sum(map(len, held.values())) == len(set.union(*held.values())) == 80
    gold = items.gold_of(store, items.items_of(store, Role.TEST))
    assert Counter(labels.classes for labels in gold.values()) == {
        ("Work_For",): 10,
        ("Based_In",): 10,
        ("no_relation",): 40,
    }
    store.close()


def test_negatives_are_sampled_where_nothing_is_measured(files: dict[str, Path]) -> None:
    found = preview_project(files, chosen(), (), Negatives(0.5))
    assert found["roles"]["pool"] == 60 + 30
    assert "kept 30 of 120 no_relation pairs in pool.jsonl" in found["lines"]
    assert "dev and test keep all their no_relation pairs: an F1 over sampled ones is another F1" in found["lines"]
    assert found["roles"]["test"] == 60
    again = preview_project(files, chosen(), (), Negatives(0.5))
    assert again == found, "the same seed draws the same pairs"
    assert preview_project(files, chosen(), (), Negatives(2))["roles"]["pool"] == 180, "no more are there"


def test_negatives_everywhere_say_that_the_measure_is_another(files: dict[str, Path]) -> None:
    found = preview_project(files, chosen(), (), Negatives(1, everywhere=True))
    assert (found["roles"]["pool"], found["roles"]["test"]) == (120, 40)
    assert "kept 20 of 40 no_relation pairs in test.jsonl" in found["lines"]
    assert any(
        "dev and test hold sampled no_relation pairs too: their F1 is not the one" in line for line in found["lines"]
    )
    paper = preview_project(files, chosen("project.mode=paper"), (), Negatives(1, everywhere=True))
    assert len({paper["roles"][role] for role in ("dev", "meta", "demonstration")}) == 1


def test_a_pool_without_gold_keeps_every_pair(tmp_path: Path, files: dict[str, Path]) -> None:
    files["pool"] = write_jsonl(tmp_path / "bare.jsonl", related(30, 4, gold=False))
    found = preview_project(files, chosen(), (), Negatives(1))
    assert found["roles"]["pool"] == 180
    assert any("the pool has no gold, so none of its pairs is left out" in line for line in found["lines"])
    assert not found["simulable"]


def test_the_negative_label_can_be_named(tmp_path: Path, files: dict[str, Path]) -> None:
    found = preview_project(files, chosen("project.negative=NONE"))
    assert (found["negative"], {one["name"] for one in found["labels"]}) == ("NONE", {"Work_For", "Based_In", "NONE"})
    texts = [{"text": f"a text of many words with number {n} {n * 7919}", "label": "AB"[n % 2]} for n in range(200)]
    one = {"pool": write_jsonl(tmp_path / "texts.jsonl", texts)}
    settings = parse_settings("", "x", ["project.task=classification"])
    with pytest.raises(ProjectError, match="no label says that nothing holds; name it with --negative NAME"):
        preview_project(one, settings, (), Negatives(1))
    named = parse_settings("", "x", ["project.task=classification", "project.negative=none_of_them"])
    found = preview_project(one, named)
    assert [one["name"] for one in found["labels"]][-1] == "none_of_them"
    assert any("no gold has the negative label none_of_them" in line for line in found["lines"])
    several = parse_settings("", "x", ["project.task=multilabel", "project.negative=none"])
    with pytest.raises(ProjectError, match="task multilabel has no negative label; it says so by giving none"):
        preview_project(one, several)


def test_a_preview_shows_pairs_and_classes_but_no_hidden_gold(files: dict[str, Path]) -> None:
    found = preview_project(files, chosen())
    assert json.loads(json.dumps(found)) == found
    first, last = found["sentences"][0], found["sentences"][-1]
    assert (first["role"], first["spans"]) == ("dev", [])
    assert first["classes"] in (["Work_For"], ["Based_In"]), "those that tell something come first"
    assert first["text"][slice(*first["pair"]["head"])] in (*PEOPLE, *FIRMS)
    assert (last["role"], last["classes"]) == ("pool", [])


def test_several_labels_stand_in_the_order_of_the_label_set(tmp_path: Path) -> None:
    rows = [
        {"text": f"words about number {n} {n * 7919} and more", "labels": [["B", "A"], ["C"], [], ["A", "C"]][n % 4]}
        for n in range(240)
    ]
    pool = {"pool": write_jsonl(tmp_path / "texts.jsonl", rows)}
    settings = parse_settings("", "x", ["project.task=multilabel"])
    found = preview_project(pool, settings, ("A", "B", "C"))
    assert {tuple(one["classes"]) for one in found["sentences"]} <= {("A", "B"), ("C",), ("A", "C"), ()}
    assert any("texts, 240 with labels" in line for line in found["lines"])
    with pytest.raises(InputError, match="say --task multilabel"):
        preview_project(pool, parse_settings("", "x", ["project.task=classification"]))


def test_a_role_that_few_crowded_sentences_would_fill_is_refused_in_pairs(tmp_path: Path) -> None:
    pool = write_jsonl(tmp_path / "pool.jsonl", related(5, 1))

    def roles(count: int) -> dict[str, int]:
        gold = write_jsonl(tmp_path / f"{count}.jsonl", related(count, 2))
        found: dict[str, int] = preview_project({"pool": pool, "gold": gold}, chosen())["roles"]
        return found

    assert min(size for role, size in roles(14).items() if role != "test") >= 20
    with pytest.raises(ProjectError, match="66 gold pairs of 11 texts leave 18 for meta, where 20 are needed"):
        roles(11)
    with pytest.raises(ProjectError, match="at least 60 gold pairs, got 54"):
        roles(9)


PAIR = {
    "tokens": ["Ada", "left", "Acme"],
    "head": {"start": 0, "end": 1},
    "tail": {"start": 2, "end": 3},
    "label": "left",
}
TACRED = {"token": PAIR["tokens"], "relation": "left", "subj_start": 0, "subj_end": 0, "obj_start": 2, "obj_end": 2}
SEMEVAL = '1\t"<e1>Ada</e1> left <e2>Acme</e2>."\nOther\nComment:\n'
CLASSES = {"text": "When?", "label": "time"}


@pytest.mark.parametrize("flag", ["pool", "gold"])
@pytest.mark.parametrize(
    ("name", "content", "task", "other", "looks"),
    [
        ("tacred.json", json.dumps([TACRED]), "ner", "relation", "relations"),
        ("tacred.jsonl", json.dumps(TACRED), "ner", "relation", "relations"),
        ("sem", SEMEVAL, "ner", "relation", "relations"),
        ("a.json", json.dumps([CLASSES]), "ner", "classification", "classes"),
        ("a.csv", "text,label\nWhen?,time\n", "ner", "classification", "classes"),
        ("a.csv", "text,labels\nWhen?,time|place\n", "ner", "multilabel", "classes, several a text"),
        ("tacred.json", json.dumps([TACRED]), "classification", "relation", "relations"),
        ("a.conll", "Ada B-PER\nleft O\n", "classification", "ner", "named entities"),
    ],
)
def test_a_file_of_another_task_is_named(
    tmp_path: Path, files: dict[str, Path], name: str, content: str, task: str, other: str, looks: str, flag: str
) -> None:
    strange = tmp_path / name
    strange.write_text(content, encoding="utf-8")
    plain = write_jsonl(tmp_path / "plain.jsonl", [{"text": "Ada left."}])
    said = f"{strange}: this looks like {looks}, and the task here is {task}: --task {other} reads it"
    with pytest.raises(InputError, match=re.escape(said) + "$"):
        preview_project({"pool": plain, flag: strange}, parse_settings("", "x", [f"project.task={task}"]))


def test_gold_that_says_nothing_to_a_task_is_named_by_the_one_it_is_of(tmp_path: Path) -> None:
    pool = write_jsonl(tmp_path / "pool.jsonl", [CLASSES])
    settings = parse_settings("", "x", [])
    for row, other in ((PAIR, "relation"), (CLASSES, "classification")):
        gold = write_jsonl(tmp_path / "gold.jsonl", [row])
        with pytest.raises(InputError, match=f"gold.jsonl: this looks like .*--task {other} reads it$"):
            preview_project({"pool": pool, "gold": gold}, settings)
    bare = write_jsonl(tmp_path / "gold.jsonl", [{"text": "Ada left."}])
    with pytest.raises(ProjectError):
        preview_project({"pool": pool, "gold": bare}, settings)


def test_a_fault_among_pairs_is_told_as_it_is(tmp_path: Path) -> None:
    bad = write_jsonl(tmp_path / "bad.jsonl", [PAIR, {**PAIR, "tail": {"start": 2, "end": 9}}])
    with pytest.raises(InputError, match=r"bad.jsonl:2: tail goes from token 2 to 9"):
        preview_project({"pool": bad, "gold": bad}, chosen())
