"""Labels of whole texts, one or several: how they are asked for, and the forms in which an answer gives them."""

from __future__ import annotations

from .choice import Choice, Choices
from .tasks import AnnotatorTask

SINGLE = AnnotatorTask(folder="classification", version="v1", forms={"choice": Choice}, default="choice")
SEVERAL = AnnotatorTask(folder="classification", version="v1", forms={"choices": Choices}, default="choices")
