"""The items that annotators are compared on: drawn once by the project's seed, at random or as the paper does.

Source: LLMs in the Loop (arXiv 2404.02261), annotator choice: of the sentences with 5 to 50 % entity tokens, ranked by
their number of entities, a bell-shaped draw over the ranks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..core.document import Document, Labels
from ..core.seeds import derive
from ..core.states import Role
from ..core.tasks import Shape, Task
from ..core.tokens import to_tags, words_of
from ..errors import ProjectError, SettingsError
from ..store import items
from ..store.database import Store

RANDOM, PAPER = "random", "paper"
DRAWS = (RANDOM, PAPER)
SPLITS = (Role.DEV, Role.META, Role.TEST)
LEAST, MOST = 0.05, 0.5
"""Share of entity tokens of a sentence that the paper takes."""
WIDTH = 0.25
"""Standard deviation of the bell, as a share of the ranks: the paper names the shape alone."""


def sample_of(store: Store, task: Task, split: str, draw: str, size: int, seed: int) -> list[int]:
    """Up to `size` items of a gold split that may be sent, in order of import; the same for the same seed.

    Raises:
        SettingsError: the paper's draw is asked for where labels are no stretches of the text.
        ProjectError: no item of that split fits.
    """
    if draw == PAPER and task.shape is not Shape.SPANS:
        raise SettingsError(
            f"--draw paper: counts entity tokens, and {task.units} of this task have none; use --draw random"
        )
    known = items.sendable(store, Role(split))
    gold = items.gold_of(store, known)
    known = [item for item in known if item in gold]
    if not known:
        others = [role for role in SPLITS if role != split and items.sendable(store, role)]
        instead = f"use --split {others[0]}" if others else "give --gold or --test when the project is made"
        raise ProjectError(f"--split {split}: no {task.unit} of {split} has gold and may be sent; {instead}")
    rng = np.random.default_rng(derive(seed, 0, f"compare {split} {draw}", size))
    if draw == RANDOM:
        rows = rng.permutation(len(known))[:size]
        return sorted(known[row] for row in rows)
    ranked = _ranked(known, items.documents(store, known), gold)
    if not ranked:
        raise ProjectError(
            f"--draw paper: no {task.unit} of {split} has {LEAST:.0%} to {MOST:.0%} entity tokens; use --draw random"
        )
    rank = np.arange(len(ranked))
    weights = np.exp(-0.5 * ((rank - rank.mean()) / (WIDTH * len(ranked))) ** 2)
    rows = rng.choice(len(ranked), min(size, len(ranked)), replace=False, p=weights / weights.sum())
    return sorted(ranked[row] for row in rows)


def _ranked(known: Sequence[int], documents: Mapping[int, Document], gold: Mapping[int, Labels]) -> list[int]:
    """Sentences with neither too few nor too many entity tokens, fewest entities first."""
    fitting = []
    for item in known:
        tags = to_tags(gold[item].spans, words_of(documents[item]))
        share = sum(tag != "O" for tag in tags) / len(tags) if tags else 0.0
        if LEAST <= share <= MOST:
            fitting.append((len(gold[item].spans), item))
    return [item for _, item in sorted(fitting)]
