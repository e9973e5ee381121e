"""Relations of pairs: how they are asked for, and the form in which an answer gives them."""

from __future__ import annotations

from .marked import PairChoice
from .tasks import AnnotatorTask

TASK = AnnotatorTask(folder="relation", version="v1", forms={"choice": PairChoice}, default="choice")
