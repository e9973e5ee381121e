"""Who serves for what: the records of every file get their roles, and copies move to the stricter one."""

from __future__ import annotations

from collections.abc import Mapping

from ..config import Settings
from ..core.document import Record
from ..core.hygiene import Copies, of_import
from ..core.split import SMALLEST_STRICT_GOLD, Assignment, Roles, draw, draw_from_dev, separate, split_gold
from ..core.states import Role
from ..core.tasks import Task, get
from ..errors import ProjectError

CUT_FROM_POOL = 300
MAY_SHARE = frozenset((Role.DEV, Role.META, Role.DEMONSTRATION))
"""In paper mode; test and pool stay apart from these there too."""


def assign(files: Mapping[str, list[Record]], settings: Settings) -> Assignment:
    """Every record's role, copies moved to the stricter one; see `assign_and_count`."""
    return assign_and_count(files, settings)[0]


def assign_and_count(files: Mapping[str, list[Record]], settings: Settings) -> tuple[Assignment, tuple[Copies, ...]]:
    """Every record's role, copies moved to the stricter one, and what copies were looked for and found.

    Args:
        files: the records of each file, by its flag.

    Raises:
        ProjectError: the files do not make a project; says which flag would.
    """
    task = get(settings.project.task)
    try:
        roles, notes, first = _roles(files, settings, task)
    except ValueError as error:
        raise ProjectError(f"llmaaa new: {error}") from None
    if settings.project.mode == "paper":
        dev = roles[Role.DEV]
        distinct = {role: records for role, records in roles.items() if role is Role.DEV or records is not dev}
        apart = separate(distinct, sharing=MAY_SHARE)
        for role in MAY_SHARE - distinct.keys():
            apart.roles[role] = apart.roles[Role.DEV]
    else:
        apart = separate(roles)
    apart.notes.extend(notes)
    for role, records in roles.items():
        if records and not apart.roles[role]:
            kept = " and ".join(sorted({move.kept for move in apart.moves if move.source is role}))
            raise ProjectError(
                f"llmaaa new: every {role} {task.unit} is a copy of one in {kept}; give other {task.units}"
                + ("" if role is Role.POOL else ", or use --mode paper, where one gold set serves for all")
            )
    return apart, of_import(apart, first, MAY_SHARE if settings.project.mode == "paper" else ())


def _gold(records: list[Record], flag: str, task: Task) -> list[Record]:
    missing = next((record for record in records if record.gold is None), None)
    if missing is not None:
        place = f"{missing.document.file}:{missing.document.line}"
        if missing.document.name:  # a JSON list may stand on one line
            place += f" ({missing.document.name!r})"
        raise ProjectError(f"{place}: --{flag} needs labels for every {task.unit}, and this one has none")
    return records


def _roles(
    records: Mapping[str, list[Record]], settings: Settings, task: Task
) -> tuple[Roles, list[str], Assignment | None]:
    """Roles before copies are moved, notes, and how test was kept apart from a file of gold, where there was one."""
    notes: list[str] = []
    apart: Assignment | None = None
    seed, paper = settings.project.seed, settings.project.mode == "paper"
    roles: Roles = {Role.POOL: list(records["pool"])}
    for flag, role in (("test", Role.TEST), ("dev", Role.DEV), ("meta", Role.META), ("demos", Role.DEMONSTRATION)):
        if flag in records:
            roles[role] = _gold(list(records[flag]), flag, task)
    gold = _gold(list(records["gold"]), "gold", task) if "gold" in records else None
    if gold is not None and any(role in roles for role in (Role.DEV, Role.META, Role.DEMONSTRATION)):
        raise ProjectError("llmaaa new: --gold is split for you; give either --gold, or --dev with --demos and --meta")
    if gold is None and Role.DEV not in roles:
        gold = _cut_from_pool(roles, seed, notes, task)
    if gold is not None:
        if Role.TEST in roles:
            apart = separate({Role.TEST: roles[Role.TEST], Role.DEV: gold})
            if sum(apart.moves.values()):
                notes.append(
                    f"{sum(apart.moves.values())} gold {task.units} are copies of test ones and serve as test only"
                )
            gold = apart.roles[Role.DEV]
        if paper:
            for role in (Role.DEV, Role.META, Role.DEMONSTRATION):
                roles.setdefault(role, gold)
        else:
            shares = split_gold(gold, seed, task.units)
            for role in roles.keys() & shares.keys():  # given by hand, while dev was cut from the pool
                shares[Role.DEV] += shares.pop(role)
            roles.update(shares)
    missing = [role for role in (Role.DEMONSTRATION, Role.META) if role not in roles]
    if missing and paper:
        for role in missing:
            roles[role] = roles[Role.DEV]
    elif missing:
        drawn = draw_from_dev(roles[Role.DEV], missing, seed, task.units)
        roles.update(drawn)
        sizes = " and ".join(f"{len(drawn[role])} {role} {task.units}" for role in missing)
        notes.append(f"{sizes} were drawn from dev")
    return roles, notes, apart


def _cut_from_pool(roles: Roles, seed: int, notes: list[str], task: Task) -> list[Record]:
    """Gold out of the pool's own labels, where the user gave no dev."""
    pool = roles[Role.POOL]
    labelled = [record for record in pool if record.gold is not None]
    wanted = min(CUT_FROM_POOL, len(labelled) // 3)
    if wanted < SMALLEST_STRICT_GOLD:
        raise ProjectError(
            "llmaaa new: there is no gold to measure against: "
            f"give --gold FILE (60 labelled {task.units} or more), or --dev FILE"
        )
    gold, _ = draw(labelled, [wanted], seed, "cut from pool")
    taken = {id(record) for record in gold}
    roles[Role.POOL] = [record for record in pool if id(record) not in taken]
    notes.append(f"{len(gold)} labelled {task.units} were cut out of the pool, for no --gold and no --dev was given")
    return gold
