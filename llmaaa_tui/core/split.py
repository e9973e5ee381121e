"""Which sentence serves for what, and how copies are kept from leaking between roles.

All records of one text, such as the pairs of a sentence, go the same way; sizes count records, which are the items that
are labelled.

Roles from most to least strict: test, dev, meta, demonstration, pool. A copy stays in the stricter role.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .copies import SHOWN, CopyFinder, place_of
from .document import Record
from .seeds import generator
from .states import Role

STRICTNESS = (Role.TEST, Role.DEV, Role.META, Role.DEMONSTRATION, Role.POOL)
DEV_SHARE = 0.4  # of one gold file; demonstrations and meta share the rest
SMALLEST_ROLE = 20
SMALLEST_STRICT_GOLD = 3 * SMALLEST_ROLE
DRAWN_FROM_DEV = 100
LARGEST_PART = 5  # one text gives at most a fifth of what is drawn, where others do

Roles = dict[Role, list[Record]]


@dataclass(frozen=True, slots=True, order=True)
class Move:
    """A sentence taken out of `source` because its copy stands in `kept` ("exact" or "near")."""

    source: Role
    kept: Role
    kind: str


@dataclass(slots=True)
class Assignment:
    """Roles with their records, and what was moved or drawn on the way.

    `examples` has, of each move, the first few: where the sentence that stays was read, and where its copy was.
    """

    roles: Roles
    moves: Counter[Move] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    examples: dict[Move, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))


def separate(roles: Roles, *, sharing: frozenset[Role] = frozenset()) -> Assignment:
    """Leave each text in its strictest role only; copies inside one role stay.

    Args:
        sharing: roles that may hold copies of each other (dev, meta and demonstrations in paper mode).
    """
    result = Assignment({role: [] for role in roles})
    finder = CopyFinder()
    for role in STRICTNESS:
        copies: dict[str, tuple[Role, str, str] | None] = {}
        places: dict[str, str] = {}
        fresh: list[Record] = []
        for record in roles.get(role, ()):
            text = record.document.text
            if text not in copies:
                copies[text] = finder.trace(text, sharing if role in sharing else frozenset())
                places[text] = place_of(record.document)
            copy = copies[text]
            if copy is None:
                fresh.append(record)
            else:
                move = Move(role, copy[0], copy[1])
                result.moves[move] += 1
                if len(result.examples[move]) < SHOWN:
                    result.examples[move].append((copy[2], place_of(record.document)))
        if role in roles:
            result.roles[role] = fresh
        if role is not Role.POOL:
            for text, copy in copies.items():
                if copy is None:
                    finder.add(text, role, places[text])
    return result


def together(records: Sequence[Record]) -> list[Record]:
    """The same records with those of one text behind each other, texts as first seen."""
    return [record for group in _groups(records) for record in group]


def _groups(records: Sequence[Record]) -> list[list[Record]]:
    """The records of each text, texts as first seen."""
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        groups[record.document.text].append(record)
    return list(groups.values())


def _labels(group: Sequence[Record]) -> set[str]:
    return {name for record in group if record.gold is not None for name in record.gold.names}


def _strata(groups: Sequence[Sequence[Record]], seed: int, purpose: str) -> dict[str, list[int]]:
    """Shuffled indices by the rarest label of each text ("" for texts without any)."""
    counts = Counter(label for group in groups for label in _labels(group))
    strata: dict[str, list[int]] = defaultdict(list)
    order = list(range(len(groups)))
    generator(seed, 0, purpose).shuffle(order)
    for index in order:
        labels = _labels(groups[index])
        strata[min(labels, key=lambda name: (counts[name], name)) if labels else ""].append(index)
    return strata


def _stratified(records: Sequence[Record], seed: int, purpose: str) -> list[list[Record]]:
    """The texts shuffled, then interleaved by the rarest label of each, so that every prefix resembles the whole."""
    groups = _groups(records)
    placed = [
        ((rank + 0.5) / len(members), name, index)
        for name, members in _strata(groups, seed, purpose).items()
        for rank, index in enumerate(members)
    ]
    return [groups[index] for _, _, index in sorted(placed)]


def draw(records: Sequence[Record], sizes: Sequence[int], seed: int, purpose: str) -> list[list[Record]]:
    """Draw whole texts, stratified: for each of `sizes` as many records, then a list of all the others.

    A text with more records than are still wanted is passed over, so a drawn list may be some records short; one with
    over a fifth of what is wanted is taken only where others do not fill the list, for few texts tell little.
    """
    drawn: list[list[Record]] = []
    left = _stratified(records, seed, purpose)
    for size in sizes:
        taken: list[Record] = []
        for largest in (max(1, size // LARGEST_PART), size):
            passed = []
            for group in left:
                if len(group) <= min(largest, size - len(taken)):
                    taken.extend(group)
                else:
                    passed.append(group)
            left = passed
        drawn.append(taken)
    return [*drawn, [record for group in left for record in group]]


def split_gold(gold: Sequence[Record], seed: int, units: str = "sentences") -> Roles:
    """One gold file in strict mode: 40 % dev, 30 % demonstrations, 30 % meta, stratified, at least 20 each.

    Args:
        units: what a record is called in an error.

    Raises:
        ValueError: fewer than 60 records, or they stand in so few texts that some role would have fewer than 20.
    """
    if len(gold) < SMALLEST_STRICT_GOLD:
        raise ValueError(
            f"strict mode needs at least {SMALLEST_STRICT_GOLD} gold {units}, got {len(gold)}: "
            "give more, or use --mode paper, where one gold set serves as demonstrations, dev and meta"
        )
    rest = len(gold) - int(len(gold) * DEV_SHARE)
    meta = max(SMALLEST_ROLE, rest // 2)
    demonstrations = max(SMALLEST_ROLE, rest - rest // 2)
    dev = len(gold) - demonstrations - meta
    sizes = {Role.DEV: dev, Role.DEMONSTRATION: demonstrations, Role.META: meta}
    # Stratum by stratum, each card to the role that lags most: dealing an interleaved order instead would give
    # a whole label to one role wherever the strata alternate in step with the deal. Texts with many records first,
    # for what follows can make up for them.
    groups = _groups(gold)
    roles: Roles = {role: [] for role in sizes}
    for _, members in sorted(_strata(groups, seed, "split gold").items()):
        for index in sorted(members, key=lambda index: -len(groups[index])):
            role = max(sizes, key=lambda name: (1 - len(roles[name]) / sizes[name], sizes[name]))
            roles[role].extend(groups[index])
    small = next((role for role, records in roles.items() if len(records) < SMALLEST_ROLE), None)
    if small is not None:
        raise ValueError(
            f"{len(gold)} gold {units} of {len(groups)} texts leave {len(roles[small])} for {small}, where "
            f"{SMALLEST_ROLE} are needed and a text stays whole: give more texts, or use --mode paper"
        )
    return roles


def draw_from_dev(dev: Sequence[Record], wanted: Iterable[Role], seed: int, units: str = "sentences") -> Roles:
    """Take demonstrations and/or meta out of dev: 100 each where dev keeps at least as many, else equal parts.

    Args:
        units: what a record is called in an error.

    Raises:
        ValueError: dev is too small to leave 20 records in every role.
    """
    wanted = list(wanted)
    size = min(DRAWN_FROM_DEV, len(dev) // (len(wanted) + 1))
    drawn = draw(dev, [size] * len(wanted), seed, "draw from dev")
    if min(map(len, drawn)) < SMALLEST_ROLE:
        names = " and ".join(wanted)
        raise ValueError(
            f"{len(dev)} dev {units} are too few to draw {names} from them ({SMALLEST_ROLE} in each role at least, "
            f"and a text stays whole): give --demos and --meta, a larger --dev, or use --mode paper"
        )
    return dict(zip((*wanted, Role.DEV), drawn, strict=True))
