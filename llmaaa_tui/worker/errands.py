"""What a worker can be started for beside the loop: each measures something, and a job of its name asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from ..config import Settings
from ..core.labels import LabelSet
from ..core.snapshot import Ended
from ..paths import ProjectPaths
from ..store.database import Store
from .annotator import AnnotatorKit
from .context import Context

LOOP = "loop"
ERRANDS = {"baseline": "baseline", "compare": "compare", "leakage": "leakage"}
"""The module of this package that knows each, by the kind of its job."""


class Errand(Protocol):
    """A module with these two."""

    def kit_for(
        self, wanted: Mapping[str, Any], paths: ProjectPaths, settings: Settings, labels: LabelSet, store: Store
    ) -> AnnotatorKit:
        """Who is asked; where nobody is, it need not be reachable, known or priced."""

    def measure(self, context: Context, wanted: Mapping[str, Any]) -> Ended:
        """Measure, write down what came of it, and say how it ended."""


def of(kind: str) -> Errand | None:
    """The errand of a kind of job; None for the loop."""
    return None if kind == LOOP else cast(Errand, import_module(f"{__package__}.{ERRANDS[kind]}"))
