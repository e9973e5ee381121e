"""Whether one text serves in two roles: what an import took out, what paper mode lets stand, and the proof of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .copies import EXACT, NEAR, SHOWN, CopyFinder, every_pair, place_of
from .split import STRICTNESS, Assignment, Move
from .states import Role

TAKEN_OUT, LEFT = "taken_out", "left"
KINDS = (EXACT, NEAR)
GOLD = "gold"
"""What a file of gold is called before it is split; its copies of test serve as test only."""

Examples = tuple[tuple[str, str], ...]
Placed = tuple[str, str]
"""A text, and where it was read."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies between two roles, as they were counted.

    Attributes:
        kind: "exact" (but for case and punctuation) or "near" (80 % of the word trigrams, Jaccard).
        role_a: the stricter role, which keeps its text.
        role_b: the role whose items are copies; "gold" is a file that was not split yet.
        count: items of `role_b`; 0 says that it was looked for and none found.
        done: "taken_out" of role_b, or "left" there.
        examples: of the first few, where the text of each role was read.
    """

    kind: str
    role_a: str
    role_b: str
    count: int
    done: str
    examples: Examples = ()

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "kind": self.kind,
            "role_a": str(self.role_a),
            "role_b": str(self.role_b),
            "count": self.count,
            "done": self.done,
            "examples": [list(one) for one in self.examples],
        }

    def words(self, unit: str, units: str) -> str:
        """In words: "3 near copies of dev sentences in pool, taken out"."""
        of = f"a {self.role_a} {unit}" if self.count == 1 else f"{self.role_a} {units}"
        copies = "copy" if self.count == 1 else "copies"
        done = "taken out" if self.done == TAKEN_OUT else "left"
        return f"{self.count:,} {self.kind} {copies} of {of} in {self.role_b}, {done}"


def of_import(assignment: Assignment, first: Assignment | None, sharing: Collection[Role]) -> tuple[Copies, ...]:
    """What was looked for when roles were given, pair by pair, with what came of it; zeros too.

    Args:
        first: taking copies of test out of a file of gold, before that was split.
        sharing: roles whose copies of each other were let stand; they are counted here.
    """
    roles = [role for role in STRICTNESS if assignment.roles.get(role)]
    pairs = [pair for pair in every_pair(roles) if not set(pair) <= set(sharing)]
    found = [] if first is None else list(_moved(first, [(Role.TEST, Role.DEV)], GOLD))
    found += _moved(assignment, pairs)
    shared = {
        role: [(record.document.text, place_of(record.document)) for record in assignment.roles[role]]
        for role in roles
        if role in sharing
    }
    return (*found, *overlaps(shared))


def _moved(assignment: Assignment, pairs: Iterable[tuple[Role, Role]], called: str = "") -> Iterator[Copies]:
    for kept, source in pairs:
        for kind in KINDS:
            move = Move(source, kept, kind)
            examples = tuple(assignment.examples.get(move, ()))
            yield Copies(kind, kept, called or source, assignment.moves[move], TAKEN_OUT, examples)


def overlaps(roles: Mapping[Role, Iterable[Placed]]) -> tuple[Copies, ...]:
    """The copies that stand between every two of these roles, in their order; written sentences against gold alone.

    Each item of the later role counts once a pair: as exact where any text of the other role is the same, else as near.
    In time linear in the texts, but for the shingles that many share. What an annotator wrote is not held against the
    pool here: of that it may not repeat a text, but may come near one.
    """
    finder = CopyFinder()
    count: dict[tuple[Role, Role, str], int] = {}
    examples: dict[tuple[Role, Role, str], list[tuple[str, str]]] = {}
    seen: list[Role] = []
    last = list(roles)[-1:]
    for role, texts in roles.items():
        known: dict[str, Sequence[tuple[Role, str, str]]] = {}
        for text, where in texts:
            if text not in known:
                held = finder.everywhere(text)
                known[text] = [(other, kind, place) for other, (kind, place) in held.items() if other is not role]
                if role is not Role.POOL and [role] != last:
                    finder.add(text, role, where)
            for other, kind, place in known[text]:
                key = (other, role, kind)
                count[key] = count.get(key, 0) + 1
                if count[key] <= SHOWN:
                    examples.setdefault(key, []).append((place, where))
        seen.append(role)
    return tuple(
        Copies(kind, one, other, count.get((one, other, kind), 0), LEFT, tuple(examples.get((one, other, kind), ())))
        for one, other in every_pair(seen)
        if (one, other) != (Role.POOL, Role.GENERATED)
        for kind in KINDS
    )


def allowed(copies: Copies, mode: str, sharing: Collection[Role]) -> bool:
    """Whether copies that stand may: those of paper mode between the roles that one gold set serves as."""
    return not copies.count or (mode == "paper" and {copies.role_a, copies.role_b} <= set(sharing))
