"""The model card says what the figures rest on, and nothing it does not know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ui.snapshots import empty

from llmaaa_tui.core.card import LabelSource, model_card
from llmaaa_tui.core.snapshot import RoundRow, Score, Snapshot, Tokens

ROW = RoundRow(
    3, "least_confidence", 50, 40, 10, {}, 7, 148, Score(0.7, 0.72, 0.68, 100, 0.65, 0.75), None, None, None, None,
    Tokens(), 40_000_000, {},
)  # fmt: skip


def _snapshot(**changes: Any) -> Snapshot:
    return replace(empty(), rounds=(ROW,), **changes)


SIMULATED = LabelSource("llm", "simulated-gpt-4-turbo", "simulated", 100)
REAL = LabelSource("llm", "gpt-5.6-luna", None, 148)


def _card(*sources: LabelSource, encoder: str = "bert-base-cased", decided: int = 7, **changes: Any) -> str:
    return model_card(_snapshot(**changes), ROW, sources, encoder=encoder, temperature=1.5, decided=decided)


def test_a_simulated_annotator_is_called_so() -> None:
    card = _card(SIMULATED, simulated="simulated")
    assert "100 **SIMULATED** answers of simulated-gpt-4-turbo; 7 of them accepted or mended by people" in card
    assert "(simulated: no money was paid)" in card
    assert "| dev | 0.700 | 0.650 – 0.750 | 0.720 | 0.680 | 100 |" in card
    assert "| test |" not in card
    assert "there was no test split" in card
    assert "temperature 1.50" in card
    assert "demonstrations too" not in card
    assert "in paper mode its sentences are the demonstrations too" in _card(SIMULATED, mode="paper")


def test_labels_are_told_by_where_they_come_from_whoever_annotates_now() -> None:
    people, gold = LabelSource("human", "", None, 3), LabelSource("gold", "gold", None, 40)
    written = LabelSource("llm", "gpt-5.6-luna", None, 5, generated=5)
    card = _card(SIMULATED, gold, written, people, annotator="gold", simulated="simulated")
    assert "100 **SIMULATED** answers of simulated-gpt-4-turbo; 40 gold; 5 answers of gpt-5.6-luna; 3 given by" in card
    assert "a part of it simulated: that part was not paid" in card
    assert "- 143 sentences of a pool of" in card
    assert ", picked round by round, and 5 sentences that the annotator wrote itself." in card
    everything = _card(LabelSource("llm", "m", None, 148, generated=148))
    assert "- 148 sentences that the annotator wrote itself." in everything
    assert "SIMULATED" not in everything


def test_a_local_encoder_keeps_its_path_to_itself() -> None:
    card = _card(REAL, encoder="", decided=0)
    assert "from: a local model." in card
    assert "base_model" not in card
    assert "SIMULATED" not in card
    assert "base_model: bert-base-cased" in _card(REAL)


def test_what_was_not_calibrated_is_not_said_to_be() -> None:
    assert "not calibrated" in model_card(_snapshot(), ROW, [REAL], encoder="", temperature=None, decided=0)
