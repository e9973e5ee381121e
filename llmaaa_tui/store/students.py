"""Which trained students a project has on its disk."""

from __future__ import annotations

import json
from pathlib import Path

from ..core.card import LabelSource
from ..core.states import Kind, Role
from ..errors import LlmaaaError
from . import rounds
from .database import Store
from .items import simulated_word
from .training import model_settings


def student_of(store: Store, folder: Path, wanted: int | None = None) -> int:
    """The round whose student is used: the one asked for, else the best on dev, else the newest.

    Args:
        folder: of the project.
        wanted: a round, or None.

    Raises:
        LlmaaaError: nothing is trained yet, or the student of that round is not kept as it was measured.
    """
    kept: list[int] = [
        row["round"]
        for row in store.rows("SELECT DISTINCT round FROM model ORDER BY round")
        if _is_there(store, folder, row["round"])
    ]
    if not kept:
        raise LlmaaaError(f"{folder}: no trained student is here; train one with llmaaa run")
    if wanted is None:
        return max(kept, key=lambda number: (rounds.f1_of(store, number, Role.DEV) or 0.0, number))
    if wanted not in kept:
        raise LlmaaaError(
            f"--round {wanted}: that student is not kept as it was measured; there are those of round "
            f"{', '.join(map(str, kept))} (the newest and the best on dev stay)"
        )
    return wanted


def people_decided(store: Store, number: int) -> int:
    """How many labels of a round's training a person had accepted or given."""
    return int(
        store.value(
            "SELECT COUNT(*) FROM training_example AS seen WHERE seen.round = ? AND EXISTS (SELECT 1 FROM decision"
            " WHERE decision.item_id = seen.item_id AND decision.seq < seen.seq"
            " AND (decision.verdict = 'accept' AND decision.annotation_id = seen.annotation_id"
            " OR decision.verdict = 'mend' AND decision.human_annotation_id = seen.annotation_id)"
            " AND NOT EXISTS (SELECT 1 FROM decision AS undo WHERE undo.undoes = decision.id AND undo.seq < seen.seq))",
            number,
        )
    )


def label_sources(store: Store, number: int) -> list[LabelSource]:
    """Where the labels of a round's training come from; a vote is its annotator's, and people are one source."""
    rows = store.rows(
        "SELECT CASE annotation.kind WHEN 'vote' THEN 'llm' ELSE annotation.kind END AS source,"
        " CASE annotation.kind WHEN 'human' THEN '' ELSE annotation.annotator END AS whose,"
        " COUNT(*) AS labels, SUM(item.role = 'generated') AS written FROM training_example AS seen"
        " JOIN annotation ON annotation.id = seen.annotation_id JOIN item ON item.id = seen.item_id"
        " WHERE seen.round = ? GROUP BY source, whose ORDER BY labels DESC, whose",
        number,
    )
    return [
        LabelSource(
            row["source"],
            row["whose"],
            simulated_word(row["whose"]) if row["source"] == Kind.LLM else None,
            row["labels"],
            row["written"],
        )
        for row in rows
    ]


def _is_there(store: Store, folder: Path, number: int) -> bool:
    """Whether the very student that was measured is there: one that should go on from an earlier student, and was
    trained again without it, is another."""
    where = rounds.model_folder(store, number)
    record = folder / where / "student.json" if where is not None else None
    if record is None or not record.is_file():
        return False
    try:
        went_on_from = json.loads(record.read_text(encoding="utf-8")).get("warm")
    except ValueError:  # damaged
        return False
    return bool(went_on_from == (model_settings(store, number) or {}).get("warm"))
