"""Small real projects of tasks whose labels are of whole items: pairs of sentences, texts with one class or several.

made = relations(folder)                # like `ui.project.Made`: made.app("ada", place="review")
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ui.project import FACTS, MODEL, Made

from llmaaa_tui.core.annotation import GroundedClass, ItemAnswer
from llmaaa_tui.core.document import Document, Labels, Pair, Record
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import Failure, Kind, Phase, Role, State
from llmaaa_tui.store import replies, rounds
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.imports import create_project, write_import
from llmaaa_tui.store.ledger import LedgerStore

_OTHERS = tuple(f"other_{number}" for number in range(7))
RELATIONS = ("no_relation", "Work_For", "Live_In", "Located_In", "OrgBased_In", "Kill", *_OTHERS)
WORDS = {"Work_For": "{e1} works for {e2}", "Live_In": "{e1} lives in {e2}", "no_relation": "unrelated"}
TOPICS = ("sports", "money", "weather", "politics")
FAILED = ItemAnswer(State.FAILED, failure=Failure.UNKNOWN_LABEL, detail="'likes' is no label")
_TEXT = "Waziri Kassim Majaliwa wa Benki Kuu aliwasili Dodoma siku ya {}"
_PLACES = {"Kassim Majaliwa": "PER", "Benki Kuu": "ORG", "Dodoma": "LOC"}
_PAIRS = (
    ("Kassim Majaliwa", "Benki Kuu", "Work_For"),
    ("Benki Kuu", "Dodoma", "OrgBased_In"),
    ("Dodoma", "Kassim Majaliwa", "no_relation"),
)


def classes(*names: str, confidence: float | None = None) -> ItemAnswer:
    """An answer of these labels; none says that none applies."""
    found = tuple(GroundedClass(name, confidence) for name in names)
    return ItemAnswer(State.LABELLED if names else State.EMPTY, classes=found, confidence=confidence)


def pair_records(sentences: int) -> list[Record]:
    """Three pairs a sentence."""
    made = []
    for number in range(sentences):
        text = _TEXT.format(number)
        for place, (head, tail, label) in enumerate(_PAIRS):
            (h, t) = ((text.index(one), text.index(one) + len(one)) for one in (head, tail))
            document = Document(
                text, name=f"s{number}.{place}", file="pairs.jsonl", line=3 * number + place + 1,
                pair=Pair(h, t, _PLACES[head], _PLACES[tail]),
            )  # fmt: skip
            made.append(Record(document, Labels(classes=(label,))))
    return made


def text_records(texts: int, several: bool) -> list[Record]:
    """Texts with a class each, every third with two where several can apply."""
    made = []
    for number in range(texts):
        names = (TOPICS[number % 4], TOPICS[(number + 1) % 4]) if several and number % 3 == 0 else (TOPICS[number % 4],)
        text = f"Habari ya {names[0]} nambari {number}"
        document = Document(text, name=f"t{number}", file="texts.csv", line=number + 1)
        made.append(Record(document, Labels(classes=LabelSet.of(TOPICS).in_order(names))))
    return made


def _made(folder: Path, task: str, labels: LabelSet, records: list[Record], answered: int) -> Made:
    """One round of the first items, all answered as gold says but the second, which is wrong, and the last, which
    failed; the student had another opinion of the second."""
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder / "llmaaa.db", ("migrations", "ledger"))
    uuid = create_project(store, name="habari", task=task, mode="strict", labels=labels, seed=1)
    write_import(store, Role.POOL, records, file="pool.jsonl", format_name=task, report={})
    write_import(store, Role.DEV, records[:3], file="dev.jsonl", format_name=task, report={})
    made = Made(folder, uuid, facts=replace(FACTS, words=WORDS if labels.negative else {}))
    pooled = [row["id"] for row in store.rows("SELECT id FROM item WHERE role = 'pool' ORDER BY id")]
    made.items = pooled[:answered]
    right = {item: record.gold.classes for item, record in zip(pooled, records, strict=True) if record.gold}
    ledger = LedgerStore(folder / "llmaaa.db", uuid)
    ledger.set_cap(FACTS.cap_nanousd)
    rounds.start_round(store, 1, "random", answered)
    picked = [rounds.Picked(item, rank, 0.5, (), rank) for rank, item in enumerate(made.items, 1)]
    opinions = {item: classes(*right[item], confidence=0.91) for item in made.items}
    rounds.write_selection(store, 1, "random", picked, 0.1, opinions)
    wrong = made.items[1]
    made.wrong, made.failed = [wrong], [made.items[-1]]
    for item in made.items:
        said = classes(*right[item])
        if item == wrong:
            said = classes(labels.names[2] if right[item] != (labels.names[2],) else labels.names[1])
        if item in made.failed:
            said = FAILED
        replies.write_answers(store, {item: said}, kind=Kind.LLM, annotator=MODEL, number=1)
    rounds.finish_phase(store, 1, Phase.ANNOTATE, 1.0, {})
    ledger.close()
    store.close()
    return made


def relations(folder: Path, sentences: int = 8, answered: int = 12) -> Made:
    """Pairs: `wrong` is an OrgBased_In that the annotator called Live_In."""
    return _made(folder, "relation", LabelSet.of(RELATIONS, WORDS, "no_relation"), pair_records(sentences), answered)


def classification(folder: Path, texts: int = 12, answered: int = 8) -> Made:
    """Texts with one class."""
    return _made(folder, "classification", LabelSet.of(TOPICS), text_records(texts, False), answered)


def multilabel(folder: Path, texts: int = 12, answered: int = 8) -> Made:
    """Texts with several classes."""
    return _made(folder, "multilabel", LabelSet.of(TOPICS), text_records(texts, True), answered)
