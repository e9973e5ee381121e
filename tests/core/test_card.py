"""The model card says what the figures rest on, and nothing it does not know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ui.snapshots import empty

from llmaaa_tui.core.card import model_card
from llmaaa_tui.core.snapshot import RoundRow, Score, Snapshot, Tokens

ROW = RoundRow(
    3, "least_confidence", 50, 40, 10, {}, 7, 148, Score(0.7, 0.72, 0.68, 100, 0.65, 0.75), None, None, None, None,
    Tokens(), 40_000_000, {},
)  # fmt: skip


def _snapshot(**changes: Any) -> Snapshot:
    return replace(empty(), rounds=(ROW,), **changes)


def test_a_simulated_annotator_is_called_so() -> None:
    card = model_card(_snapshot(simulated="simulated"), ROW, temperature=1.5, decided=7)
    assert "**SIMULATED** answers of" in card
    assert "simulated: no money was paid" in card
    assert "| dev | 0.700 | 0.650 – 0.750 | 0.720 | 0.680 | 100 |" in card
    assert "| test |" not in card
    assert "there was no test split" in card
    assert "temperature 1.50" in card
    assert "7 of them accepted or mended by people" in card


def test_a_local_encoder_keeps_its_path_to_itself() -> None:
    card = model_card(_snapshot(simulated=None, encoder="/home/ada/bert"), ROW, temperature=None, decided=0)
    assert "/home/ada" not in card
    assert "base_model" not in card
    assert "SIMULATED" not in card
    assert "not calibrated" in card
