"""A package that brings strategies or tasks, as pip leaves it behind."""

from __future__ import annotations

from pathlib import Path

from llmaaa_tui.core import strategies

LONGEST = """
import numpy as np
from llmaaa_tui.acquisition.contracts import PROBABILITIES, PoolView, Selection, check_request

class Longest:
    name = "longest"
    needs = frozenset({PROBABILITIES})

    def select(self, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
        check_request(self, view, n)
        ranked = sorted(zip(view.ids, map(len, view.probabilities)), key=lambda pair: (-pair[1], pair[0]))[:n]
        return Selection([item for item, _ in ranked], [float(words) for _, words in ranked])

strategy = Longest()
nothing = object()
renamed = Longest()
renamed.name = "shortest"
greedy = Longest()
greedy.needs = frozenset({"gold"})
"""


def install(folder: Path, package: str, module: str, source: str, group: str = strategies.GROUP, **points: str) -> None:
    """What pip leaves behind: a module and its metadata."""
    folder.mkdir(exist_ok=True)
    (folder / f"{module}.py").write_text(source, encoding="utf-8")
    metadata = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", encoding="utf-8")
    lines = [f"[{group}]", *(f"{name} = {module}:{attribute}" for name, attribute in points.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
