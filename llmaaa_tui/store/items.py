"""What the worker reads: documents, gold, and which items are still open."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.document import Document, Labels
from ..core.labels import LabelSet
from ..core.states import Role
from ..errors import SettingsError
from . import saying
from .database import Store


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """The project as it was made."""

    uuid: str
    name: str
    task: str
    mode: str
    labels: tuple[str, ...]
    seed: int
    negative: str | None = None

    def refuse_other(self, task: str) -> None:
        """Refuse settings that name another task than the project was made for.

        Raises:
            SettingsError: they do.
        """
        if task != self.task:
            raise SettingsError(
                f"project.task: says {task}, but this project was made for {self.task}; write that back, or make "
                "another project with llmaaa new"
            )

    def label_set(self, said: dict[str, str]) -> LabelSet:
        """The project's labels, each said as in `said`, else in the usual words."""
        return LabelSet.of(self.labels, said, self.negative)


@dataclass(frozen=True, slots=True)
class LabelInForce:
    """The label that counts for an item, and the decision that made it count, if any."""

    item: int
    annotation: int
    verdict: str | None


def project(store: Store) -> ProjectRow:
    """The project's row."""
    row = store.rows("SELECT * FROM project")[0]
    labels = tuple(json.loads(row["labels"]))
    return ProjectRow(row["uuid"], row["name"], row["task"], row["mode"], labels, row["seed"], row["negative"])


def _in(ids: Sequence[int]) -> str:
    return f"(SELECT value FROM json_each('{json.dumps(list(ids))}'))"


def documents(store: Store, items: Iterable[int]) -> dict[int, Document]:
    """Documents by item, in the order of the ids given; each with the pair that its item is about."""
    wanted = list(items)
    found: dict[int, Document] = {}
    for row in store.rows(
        "SELECT item.id AS item, item.name AS item_name, head_start, head_end, tail_start, tail_end, head_type,"
        " tail_type, document.* FROM item JOIN document ON document.id = item.document_id"
        f" WHERE item.id IN {_in(wanted)}"
    ):
        tokens = None if row["tokens"] is None else tuple((start, end) for start, end in json.loads(row["tokens"]))
        found[row["item"]] = Document(
            row["text"],
            tokens,
            row["item_name"] or row["name"],
            row["language"],
            json.loads(row["metadata"]),
            row["file"],
            row["line"],
            bool(row["never_send"]),
            saying.pair(row),
        )
    return {item: found[item] for item in wanted}


def items_of(store: Store, role: Role) -> list[int]:
    """Visible items of one role, in order of import."""
    return [row["id"] for row in store.rows("SELECT id FROM visible_item WHERE role = ? ORDER BY id", role)]


def has(store: Store, role: Role) -> bool:
    """Whether there is a visible item of this role."""
    return bool(store.value("SELECT 1 FROM visible_item WHERE role = ? LIMIT 1", role))


def sendable(store: Store, role: Role) -> list[int]:
    """The same without those marked `never_send`: an annotator may be asked about these and shown these."""
    return [
        row["id"]
        for row in store.rows("SELECT id FROM visible_item WHERE role = ? AND never_send = 0 ORDER BY id", role)
    ]


def open_items(store: Store) -> list[int]:
    """Pool items nobody has answered about or decided on: the only ones a strategy is offered.

    A label in force, a rejection, and a failure that was asked again often enough all close an item; one marked
    `never_send` waits for a person.
    """
    return [
        row["id"]
        for row in store.rows(
            "SELECT id FROM visible_item WHERE role = 'pool' AND never_send = 0"
            " AND id NOT IN (SELECT item_id FROM annotation"
            " WHERE kind <> 'student' AND NOT (kind = 'gold' AND round IS NULL))"
            " AND id NOT IN (SELECT item_id FROM decision WHERE verdict <> 'undo'"
            " AND id NOT IN (SELECT undoes FROM decision WHERE undoes IS NOT NULL)) ORDER BY id"
        )
    ]


def labels_of(store: Store, annotations: Iterable[int]) -> dict[int, Labels]:
    """What annotations say: spans in text order, classes as they were written; an empty one says nothing."""
    return saying.labels(store.connection, annotations)


def gold_of(store: Store, items: Iterable[int]) -> dict[int, Labels]:
    """Gold labels of the items that have gold. For pool items this is hidden gold: only the simulator,
    the gold annotator and evaluation may ask for it."""
    pairs = {
        row["item_id"]: row["id"]
        for row in store.rows(
            "SELECT item_id, id FROM annotation WHERE kind = 'gold' AND round IS NULL"
            f" AND item_id IN {_in(list(items))}"
        )
    }
    labels = labels_of(store, pairs.values())
    return {item: labels[annotation] for item, annotation in pairs.items()}


def labels_in_force(store: Store) -> list[LabelInForce]:
    """Every pool item that has a label, with the annotation that counts, by item."""
    return [
        LabelInForce(row["item_id"], row["annotation_id"], row["verdict"])
        for row in store.rows("SELECT item_id, annotation_id, verdict FROM label_in_force ORDER BY item_id")
    ]


def exported(store: Store) -> Iterator[tuple[Document, Labels, dict[str, Any]]]:
    """Every label in force with where it comes from: kind, annotator, the round it was picked in, the decision with who
    made it and when, and the word "simulated" (else None) for an answer that no real model gave."""
    in_force = labels_in_force(store)
    texts = documents(store, [label.item for label in in_force])
    said = labels_of(store, [label.annotation for label in in_force])
    rows = {
        row["id"]: row
        for row in store.rows(
            f"SELECT id, kind, annotator, round FROM annotation WHERE id IN {_in([one.annotation for one in in_force])}"
        )
    }
    decided = {row["item_id"]: row for row in store.rows("SELECT * FROM standing_decision")}
    picked = {row["item_id"]: row["round"] for row in store.rows("SELECT item_id, round FROM selection ORDER BY round")}
    for label in in_force:
        row = rows[label.annotation]
        decision = decided.get(label.item)
        provenance = {
            "kind": row["kind"],
            "annotator": row["annotator"],
            "round": row["round"] if row["round"] is not None else picked.get(label.item),
            "decision": decision["verdict"] if decision is not None else label.verdict,
            "reviewer": decision["reviewer"] if decision is not None else None,
            "decided_utc": decision["created_utc"] if decision is not None else None,
            "simulated": simulated_word(row["annotator"]),
        }
        yield texts[label.item], said[label.annotation], provenance


def simulated_word(annotator: str) -> str | None:
    """ "simulated" or "recorded" for annotators that are no live model, which all bear it in their name; else None."""
    return next((word for word in ("simulated", "recorded") if annotator.startswith(f"{word}-")), None)
