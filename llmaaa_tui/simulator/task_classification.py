"""Classes of whole texts, one or several each; see `classes` and, for the errors, `classes_errors`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.document import Record
from .classes import Classes, WholeTexts, with_classes


@dataclass(frozen=True, slots=True)
class Classification:
    """See `SimulatorTask`."""

    several: bool

    def simulate(self, records: Sequence[Record], profile: str, seed: int) -> Classes:
        items = with_classes(records)
        return Classes(items, WholeTexts(items), self.several, None, profile, seed)


SINGLE = Classification(several=False)
SEVERAL = Classification(several=True)
