"""How many items the open round and those after it are for, as far as that is known before, and the words in them."""

from __future__ import annotations

from ..config import Settings
from ..core.schedule import Plan
from ..core.states import Phase
from ..store import items, rounds
from ..store.database import Store


def plan_of(settings: Settings) -> Plan:
    """How large the rounds are. Who asks for another goal of rounds sets it as `loop.rounds`."""
    loop = settings.loop
    return Plan(loop.schedule, loop.initial, loop.batch, loop.rounds)


def next_size(store: Store, settings: Settings) -> int:
    """How many items the round picks that is open and has not picked yet, or that comes next."""
    position = rounds.position(store)
    if not position.complete:
        return rounds.target_of(store, position.number)
    return plan_of(settings).size(position.number + 1)


def left_of_round(store: Store, settings: Settings) -> int:
    """Items of the open or next round that nobody has answered about yet."""
    position, pool = rounds.position(store), items.open_items(store)
    if not position.complete and Phase.SELECT in position.done:
        return len(set(pool) & {one.item for one in rounds.selection(store, position.number)})
    return min(len(pool), next_size(store, settings))


def size_of_rest(store: Store, settings: Settings, rounds_left: int) -> int:
    """Items that the rounds after this one will pick."""
    return sum(sizes_of_rest(store, settings, rounds_left))


def sizes_of_rest(store: Store, settings: Settings, rounds_left: int) -> list[int]:
    """The same of each of these rounds; where the pool runs out the last ones pick nothing."""
    position, plan = rounds.position(store), plan_of(settings)
    number = position.number + position.complete
    left = len(items.open_items(store)) - left_of_round(store, settings)
    sizes = []
    for later in range(number + 1, number + rounds_left + 1):
        sizes.append(min(plan.size(later), left))
        left -= sizes[-1]
    return sizes


def picked_after(store: Store, settings: Settings, rounds_left: int) -> int:
    """How many items so many rounds after the open or next one are for."""
    position = rounds.position(store)
    number = position.number + position.complete
    return plan_of(settings).items(number + 1, number + rounds_left)


def words_of(store: Store, drawn: int) -> float:
    """Words a person is expected to read for so many items drawn from the pool, every text once."""
    texts = store.rows(
        "SELECT items, COUNT(*) AS texts, SUM(words) AS words FROM"
        " (SELECT MAX(document.words) AS words, COUNT(*) AS items FROM visible_item"
        " JOIN document ON document.id = visible_item.document_id WHERE role = 'pool'"
        " GROUP BY document.sha256) GROUP BY items"
    )
    pool = sum(row["items"] * row["texts"] for row in texts)
    left_out = 1 - min(drawn, pool) / pool if pool else 1.0
    return sum(float(row["words"] * (1 - left_out ** row["items"])) for row in texts)
