"""Names of datasets, for a simulated model that says which one it has seen, or guesses."""

from __future__ import annotations

MEMORISED = "CoNLL-2003"
"""The dataset its gold is of, where nobody said another."""

COMMON = ("CoNLL-2003", "OntoNotes 5.0", "WikiANN", "WNUT-17", "SemEval-2010 Task 8", "TACRED", "AG News", "TREC")
"""What it guesses among."""

UNKNOWN = "unknown"
UNKNOWN_SHARE = 0.5
"""So often it does not guess at all."""
