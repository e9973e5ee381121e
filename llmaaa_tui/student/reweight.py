"""Automatic reweighting of noisy labels (arXiv 2310.19596, section 3.3; Ren et al. 2018)."""

from __future__ import annotations

from ..errors import SettingsError
from .batches import Corpus
from .settings import StudentSettings
from .weigh import ExampleWeights, Weigher


def weigher_of(settings: StudentSettings, meta: Corpus, seed: int) -> Weigher:
    """The weigher that `settings.reweight` names.

    Raises:
        SettingsError: there is none of that name, or it has no gold sentences to look at.
    """
    if settings.reweight == "none":
        return ExampleWeights()
    raise SettingsError(f"student.reweight: {settings.reweight!r} is not known; choose none")
