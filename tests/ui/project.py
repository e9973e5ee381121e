"""A small real project with everything a person can meet in the review: answers, votes, failures, opinions, gold.

made = project(folder)                  # two rounds; the second waits for its review
app = made.app("ada", place="review")   # the real application on the real store
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from ui.doubles import Told, screen_text

from llmaaa_tui.core.annotation import GroundedSpan, ItemAnswer
from llmaaa_tui.core.document import Document, Labels, Record, Span
from llmaaa_tui.core.exchange import RawAnswer, Request, Usage
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import Failure, Kind, Phase, Role, State
from llmaaa_tui.paths import ProjectPaths
from llmaaa_tui.store import replies, rounds
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.imports import create_project, write_import
from llmaaa_tui.store.ledger import LedgerStore
from llmaaa_tui.store.reader import Facts, Reader
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.doors import Doors

LABELS = ("PER", "ORG", "LOC", "DATE")
MODEL = "gpt-4-turbo-like"
FACTS = Facts(annotator=MODEL, encoder="embedded", simulated=None, cap_nanousd=2_000_000_000, rounds=10)
_PEOPLE = ("Samia Suluhu", "Kassim Majaliwa", "Juma Nature", "Asha Rose Migiro", "Ali Kiba")
_PLACES = ("Dodoma", "Arusha", "Mwanza", "Geneva", "Tanga")
_FIRMS = ("Benki Kuu", "Simba", "Yanga", "Umoja wa Mataifa", "TANESCO")
_FRAMES = (
    ("Waziri {PER} aliwasili {LOC} Jumatatu akitokea nyumbani .", ("PER", "LOC")),
    ("{ORG} imesema bei ya mafuta itapanda mjini {LOC} .", ("ORG", "LOC")),
    ("Mvua kubwa ilinyesha usiku kucha katika bonde la mto .", ()),
    ("Mkutano wa {LOC} utafanyika mwezi ujao , amesema {PER} wa {ORG} .", ("LOC", "PER", "ORG")),
)

Gold = tuple[Span, ...]


@dataclass
class Made:
    """A project in a folder. `items` are the answered pool items in the order of their ids, `gold` what is right."""

    folder: Path
    uuid: str
    items: list[int] = field(default_factory=list)
    gold: dict[int, Gold] = field(default_factory=dict)
    failed: list[int] = field(default_factory=list)
    """Items whose answer failed."""
    wrong: list[int] = field(default_factory=list)
    """Items whose answer is not the gold, and about which the student says otherwise."""
    facts: Facts = FACTS

    @property
    def database(self) -> Path:
        return self.folder / "llmaaa.db"

    def doors(self, reviewer: str = "ada", screen: str = "") -> Doors:
        return Doors(
            ProjectPaths(self.folder), self.database, self.database, reviewer, screen or f"screen of {reviewer}"
        )

    def app(self, reviewer: str = "ada", *, screen: str = "", place: str = "review", readonly: bool = False) -> LoopApp:
        """The real application; its worker's controls only remember (`app.controls.commands`)."""
        reader = Reader(self.database, self.database, self.facts)
        doors = self.doors(reviewer, screen)
        return LoopApp(reader, Told(), reviewer=reviewer, readonly=readonly, doors=doors, place=place)

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return connection.execute(sql, parameters).fetchall()
        finally:
            connection.close()

    def store(self) -> Store:
        """The worker's writer, to be closed by the caller."""
        return Store(self.database)

    def answer(
        self, item: int, answer: ItemAnswer, *, number: int = 2, key: str | None = None, sample: int = 0
    ) -> None:
        """A further answer of the annotator."""
        store = self.store()
        replies.write_answers(
            store, {item: answer}, kind=Kind.LLM, annotator=MODEL, number=number, request_key=key, sample=sample
        )
        store.close()


def sentence(number: int) -> tuple[str, Gold]:
    """A generated sentence with its gold; no two of one number are alike."""
    frame, names = _FRAMES[number % len(_FRAMES)]
    chosen = {"PER": _PEOPLE, "LOC": _PLACES, "ORG": _FIRMS}
    text, spans = f"{frame} n{number}", []
    for label in names:
        surface = chosen[label][(number // len(_FRAMES) + len(label) + number) % 5]
        start = text.index(f"{{{label}}}")
        text = text.replace(f"{{{label}}}", surface)
        spans.append(Span(start, start + len(surface), label))
    # Replacing from the left moves only what comes later, and names are replaced in text order.
    return text, tuple(sorted(spans))


def _records(first: int, count: int) -> list[Record]:
    made = []
    for number in range(first, first + count):
        text, gold = sentence(number)
        made.append(Record(Document(text, name=f"s{number}", file="pool.jsonl", line=number + 1), Labels(gold)))
    return made


def _answer(gold: Sequence[Span], confidence: float | None = None, flags: tuple[str, ...] = ()) -> ItemAnswer:
    spans = tuple(GroundedSpan(span, confidence=confidence) for span in gold)
    return ItemAnswer(State.LABELLED if spans else State.EMPTY, spans, flags=flags, confidence=confidence)


def _turned(gold: Gold) -> Gold:
    """The gold with its first label wrong."""
    first, *rest = gold
    return (Span(first.start, first.end, "ORG" if first.label != "ORG" else "LOC"), *rest)


def project(
    folder: Path,
    *,
    pool: int = 40,
    first: int = 6,
    second: int = 14,
    review: str = "all",
    extra: Mapping[str, ItemAnswer | None] | None = None,
) -> Made:
    """Make it.

    Args:
        pool: sentences in the pool.
        first: sentences of round 1, which is done, trained on and undecided.
        second: of round 2: answered by votes of two samples; every fourth one is wrong and the student says so, the
            last one failed; its review has begun unless `review` is "none".
        extra: further sentences of round 2 with their answer; None for a failed one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder / "llmaaa.db", ("migrations", "ledger"))
    uuid = create_project(store, name="swahili-news", task="ner", mode="strict", labels=LabelSet.of(LABELS), seed=1)
    own = [Record(Document(text, file="extra.jsonl", line=place)) for place, text in enumerate(extra or {}, 1)]
    write_import(store, Role.POOL, [*own, *_records(0, pool)], file="pool.jsonl", format_name="ner", report={})
    write_import(store, Role.DEMONSTRATION, _records(1000, 6), file="demos.jsonl", format_name="ner", report={})
    made = Made(folder, uuid)
    shots = [row["id"] for row in store.rows("SELECT id FROM item WHERE role = 'demonstration' ORDER BY id")]
    pooled = [row["id"] for row in store.rows("SELECT id FROM item WHERE role = 'pool' ORDER BY id")]
    texts = {row["id"]: row["text"] for row in store.rows("SELECT id, text FROM visible_item")}
    firsts = pooled[len(own) : len(own) + first]
    seconds = pooled[len(own) + first : len(own) + first + second]
    made.gold = {item: sentence(place)[1] for place, item in enumerate(pooled[len(own) :])}
    made.items = [*firsts, *pooled[: len(own)], *seconds]
    ledger = LedgerStore(folder / "llmaaa.db", uuid)
    ledger.set_cap(FACTS.cap_nanousd)

    rounds.start_round(store, 1, "random", first)
    _select(store, 1, "random", firsts, shots)
    for item in firsts:
        _ask(store, ledger, item, texts[item], 1, [_answer(made.gold[item])])
    rounds.finish_phase(store, 1, Phase.ANNOTATE, 3.0, {})
    rounds.finish_phase(store, 1, Phase.REVIEW, 0.0, {"items": [], "review": "none"})
    labels = store.rows("SELECT item_id, annotation_id FROM label_in_force ORDER BY item_id")
    weights = [(row["item_id"], row["annotation_id"], 1.0 - place / 10) for place, row in enumerate(labels)]
    rounds.write_training_set(store, 1, weights)
    rounds.finish_phase(store, 1, Phase.TRAIN, 20.0, {})
    rounds.finish_phase(store, 1, Phase.EVALUATE, 1.0, {})

    rounds.start_round(store, 2, "least_confidence", second + len(own))
    made.wrong = [item for place, item in enumerate(seconds) if place % 4 == 3 and made.gold[item]]
    made.failed = seconds[-1:]
    said = {item: _answer(made.gold[item], 0.9) for item in seconds}
    _select(store, 2, "least_confidence", [*pooled[: len(own)], *seconds], shots, said)
    for item in seconds:
        right = _answer(made.gold[item])
        if item in made.failed:
            failed = ItemAnswer(
                State.FAILED, failure=Failure.NOT_JSON, detail="the answer ends in the middle of a list"
            )
            _ask(store, ledger, item, texts[item], 2, [failed])
        elif item in made.wrong:
            _ask(store, ledger, item, texts[item], 2, [_answer(_turned(made.gold[item])), right], 0.5)
        else:
            _ask(store, ledger, item, texts[item], 2, [right, right], 1.0)
    for item, answer in zip(pooled, (extra or {}).values(), strict=False):
        failed = ItemAnswer(State.FAILED, failure=Failure.REFUSAL, detail="it refused")
        _ask(store, ledger, item, texts[item], 2, [answer or failed])
    rounds.finish_phase(store, 2, Phase.ANNOTATE, 4.0, {})
    if review != "none":
        rounds.start_phase(store, 2, Phase.REVIEW, {"items": made.items[first:], "review": review})
    ledger.close()
    store.close()
    made.items.sort()
    return made


def _select(
    store: Store,
    number: int,
    strategy: str,
    items: Sequence[int],
    shots: Sequence[int],
    said: Mapping[int, ItemAnswer] | None = None,
) -> None:
    picked = [
        rounds.Picked(item, rank, None if number == 1 else 0.95 - rank / 100, tuple(shots[:3]), rank)
        for rank, item in enumerate(items, 1)
    ]
    rounds.write_selection(store, number, strategy, picked, 0.5, said)


def _ask(
    store: Store,
    ledger: LedgerStore,
    item: int,
    text: str,
    number: int,
    answers: Sequence[ItemAnswer],
    vote: float | None = None,
) -> None:
    """One paid request for each answer, and their vote where there are several."""
    for sample, answer in enumerate(answers):
        body = {
            "model": MODEL,
            "messages": [
                {"role": "system", "content": "Find the names.\nAnswer in JSON."},
                {"role": "user", "content": json.dumps([text])},
            ],
        }
        key = f"{item:08x}-{number}-{sample}"
        request = Request(key, "openai", "openai", MODEL, body, (item,), sample, 500, 200, "chat", "ner/spans.v1")
        replies.map_requests(store, [request], number, "annotate")
        attempt = ledger.hold(request, 1_000_000, "annotate")
        assert attempt is not None
        entities = [{"text": text[g.span.start : g.span.end], "label": g.span.label} for g in answer.spans]
        content = "[{" if answer.state is State.FAILED else json.dumps({"entities": entities})
        raw = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
        ledger.settle(attempt, RawAnswer(200, {}, raw, 0.4), Usage(412, 362, 0, 31), 700_000)
        replies.write_answers(
            store, {item: answer}, kind=Kind.LLM, annotator=MODEL, number=number, request_key=key, sample=sample
        )
    if vote is not None:
        won = ItemAnswer(
            answers[0].state,
            tuple(GroundedSpan(g.span, confidence=vote) for g in answers[0].spans),
            confidence=vote,
        )
        replies.write_answers(store, {item: won}, kind=Kind.VOTE, annotator=MODEL, number=number)


async def reached(pilot: Pilot[str], so: Callable[[], bool], what: str = "", turns: int = 400) -> None:
    """Wait for a condition; fails with what stands on the screen."""
    for _ in range(turns):
        await pilot.pause()
        if so():
            return
        await pilot.pause(0.02)
    raise AssertionError(f"{what or 'it'} never came:\n{screen_text(pilot.app)}")  # type: ignore[arg-type]
