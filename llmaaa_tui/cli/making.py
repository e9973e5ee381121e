"""Make a project from files: who serves for what, written so that a failure leaves no trace."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..config import Settings, write_settings
from ..core.document import Record
from ..core.labels import LabelSet
from ..core.split import (
    SMALLEST_STRICT_GOLD,
    STRICTNESS,
    Assignment,
    Roles,
    draw_from_dev,
    separate,
    split_gold,
    stratified_order,
)
from ..core.states import Role
from ..errors import ProjectError
from ..formats.read import NerFile, read_ner
from ..paths import ProjectPaths
from ..store.database import Store, refuse_network
from ..store.imports import create_project, write_import
from ..store.ledger import LedgerStore
from ..worker.encoder_check import check_encoder, in_words

CUT_FROM_POOL = 300
MAY_SHARE = frozenset((Role.DEV, Role.META, Role.DEMONSTRATION))
"""In paper mode; test and pool stay apart from these there too."""
SHOWN = 5
"""Sentences of gold and of the pool that a preview shows."""
GOLD_ROLES = (Role.TEST, Role.DEV, Role.META, Role.DEMONSTRATION)


@dataclass(frozen=True, slots=True)
class Made:
    """What `make_project` did, in lines for a person."""

    folder: Path
    lines: tuple[str, ...]
    warning: str
    simulable: bool


def make_project(folder: Path, files: Mapping[str, Path], settings: Settings, labels: tuple[str, ...] = ()) -> Made:
    """Read the files, assign roles, check the encoder and write the project folder.

    Args:
        folder: must not exist, or be empty.
        files: by flag: pool, gold, demos, meta, dev, test.
        settings: written as `llmaaa.toml`.
        labels: their names and order; () takes those of the gold sentences.

    Raises:
        InputError: a file has a bad line.
        ProjectError: the folder is taken, or the files do not make a project.
    """
    refuse_taken(folder)
    read, assignment, names = _prepare(files, settings, labels)
    place = folder.resolve()
    partial = place.with_name(f".{place.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise ProjectError(f"{folder}: cannot be made ({error.strerror}); choose another folder") from None
    try:
        warning, lines = _write(partial, files, read, assignment, settings, names)
        _move_in(partial, place)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return Made(folder, lines, warning, _simulable(assignment))


def refuse_taken(folder: Path) -> None:
    """Refuse a folder in which something lies.

    Raises:
        ProjectError: it is no empty folder.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        resume = f", or go on with: llmaaa run {folder}" if ProjectPaths(folder).settings.is_file() else ""
        raise ProjectError(f"{folder}: is there already; choose another folder{resume}")


def preview_project(files: Mapping[str, Path], settings: Settings, labels: tuple[str, ...] = ()) -> dict[str, Any]:
    """What `make_project` would do, as plain JSON values; writes nothing.

    Gives the lines of its report, how many sentences each role gets, each label with its words and its gold spans,
    and the first sentences of gold and pool.

    Raises:
        InputError: a file has a bad line.
        ProjectError: the files do not make a project.
    """
    read, assignment, names = _prepare(files, settings, labels)
    seen = Counter(
        span.label
        for record in {id(one): one for role in GOLD_ROLES for one in assignment.roles.get(role, ())}.values()
        for span in record.gold or ()
    )
    telling = sorted(assignment.roles.get(Role.DEV, ()), key=lambda record: not record.gold)
    shown = [(Role.DEV, record) for record in telling[:SHOWN]]
    shown += [(Role.POOL, record) for record in assignment.roles[Role.POOL][:SHOWN]]
    labelled = LabelSet.of(names, dict(settings.labels))
    return {
        "lines": list(_report(assignment, read, files)),
        "roles": {str(role): len(records) for role, records in assignment.roles.items()},
        "labels": [
            {"name": name, "words": words, "gold": seen[name]}
            for name, words in zip(labelled.names, labelled.verbalised, strict=True)
        ],
        "sentences": [
            {
                "role": str(role),
                "text": record.document.text,
                "spans": [{"start": s.start, "end": s.end, "label": s.label} for s in record.gold or ()]
                if role is not Role.POOL
                else [],
            }
            for role, record in shown
        ],
        "simulable": _simulable(assignment),
    }


def _prepare(
    files: Mapping[str, Path], settings: Settings, labels: tuple[str, ...]
) -> tuple[dict[str, NerFile], Assignment, tuple[str, ...]]:
    """The files as read, who serves for what, and the label set."""
    read = _marked_alike({flag: read_ner(path) for flag, path in files.items()})
    assignment = assign(read, settings)
    names = labels or _labels(assignment.roles)
    _check_labels(assignment.roles, names)
    return read, assignment, names


def _simulable(assignment: Assignment) -> bool:
    """Whether the simulator can answer about every pool sentence."""
    return all(record.gold is not None for record in assignment.roles[Role.POOL])


def _marked_alike(read: Mapping[str, NerFile]) -> dict[str, NerFile]:
    """Every copy of a text marked `never_send` is marked too: which copy stays must not decide whether it is sent."""
    marked = {record.document.text for file in read.values() for record in file.records if record.document.never_send}
    if not marked:
        return dict(read)

    def mark(record: Record) -> Record:
        if record.document.text not in marked:
            return record
        return replace(record, document=replace(record.document, never_send=True))

    return {flag: replace(file, records=[mark(record) for record in file.records]) for flag, file in read.items()}


def _move_in(partial: Path, folder: Path) -> None:
    """Show the finished project; an empty folder that is there stays the same one, for somebody may stand in it."""
    if not folder.exists():
        os.replace(partial, folder)
        return
    for path in sorted(partial.iterdir(), key=lambda one: one == ProjectPaths(partial).settings):  # what opens it, last
        os.replace(path, folder / path.name)
    folder.chmod(0o700)
    partial.rmdir()


def assign(read: Mapping[str, NerFile], settings: Settings) -> Assignment:
    """Every record's role, copies moved to the stricter one.

    Raises:
        ProjectError: the files do not make a project; says which flag would.
    """
    try:
        roles, notes = _roles({flag: file.records for flag, file in read.items()}, settings)
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
                f"llmaaa new: every {role} sentence is a copy of one in {kept}; give other sentences"
                + ("" if role is Role.POOL else ", or use --mode paper, where one gold set serves for all")
            )
    return apart


def _gold(records: list[Record], flag: str) -> list[Record]:
    missing = next((record for record in records if record.gold is None), None)
    if missing is not None:
        place = f"{missing.document.file}:{missing.document.line}"
        raise ProjectError(f"{place}: --{flag} needs labels for every sentence, and this one has none")
    return records


def _roles(records: Mapping[str, list[Record]], settings: Settings) -> tuple[Roles, list[str]]:
    notes: list[str] = []
    seed, paper = settings.project.seed, settings.project.mode == "paper"
    roles: Roles = {Role.POOL: list(records["pool"])}
    for flag, role in (("test", Role.TEST), ("dev", Role.DEV), ("meta", Role.META), ("demos", Role.DEMONSTRATION)):
        if flag in records:
            roles[role] = _gold(list(records[flag]), flag)
    gold = _gold(list(records["gold"]), "gold") if "gold" in records else None
    if gold is not None and any(role in roles for role in (Role.DEV, Role.META, Role.DEMONSTRATION)):
        raise ProjectError("llmaaa new: --gold is split for you; give either --gold, or --dev with --demos and --meta")
    if gold is None and Role.DEV not in roles:
        gold = _cut_from_pool(roles, seed, notes)
    if gold is not None:
        if Role.TEST in roles:
            apart = separate({Role.TEST: roles[Role.TEST], Role.DEV: gold})
            if sum(apart.moves.values()):
                notes.append(
                    f"{sum(apart.moves.values())} gold sentences are copies of test ones and serve as test only"
                )
            gold = apart.roles[Role.DEV]
        if paper:
            for role in (Role.DEV, Role.META, Role.DEMONSTRATION):
                roles.setdefault(role, gold)
        else:
            shares = split_gold(gold, seed)
            for role in roles.keys() & shares.keys():  # given by hand, while dev was cut from the pool
                shares[Role.DEV] += shares.pop(role)
            roles.update(shares)
    missing = [role for role in (Role.DEMONSTRATION, Role.META) if role not in roles]
    if missing and paper:
        for role in missing:
            roles[role] = roles[Role.DEV]
    elif missing:
        drawn = draw_from_dev(roles[Role.DEV], missing, seed)
        roles.update(drawn)
        sizes = " and ".join(f"{len(drawn[role])} {role} sentences" for role in missing)
        notes.append(f"{sizes} were drawn from dev")
    return roles, notes


def _cut_from_pool(roles: Roles, seed: int, notes: list[str]) -> list[Record]:
    """Gold out of the pool's own labels, where the user gave no dev."""
    pool = roles[Role.POOL]
    labelled = [record for record in pool if record.gold is not None]
    wanted = min(CUT_FROM_POOL, len(labelled) // 3)
    if wanted < SMALLEST_STRICT_GOLD:
        raise ProjectError(
            "llmaaa new: there is no gold to measure against: "
            "give --gold FILE (60 labelled sentences or more), or --dev FILE"
        )
    gold = stratified_order(labelled, seed, "cut from pool")[:wanted]
    taken = {id(record) for record in gold}
    roles[Role.POOL] = [record for record in pool if id(record) not in taken]
    notes.append(f"{wanted} labelled sentences were cut out of the pool, for no --gold and no --dev was given")
    return gold


def _labels(roles: Roles) -> tuple[str, ...]:
    seen = Counter(span.label for role in GOLD_ROLES for record in roles.get(role, ()) for span in record.gold or ())
    if not seen:
        raise ProjectError("llmaaa new: no gold sentence has a label; name them with --labels PER,ORG,…")
    return tuple(dict.fromkeys(span.label for role in GOLD_ROLES for r in roles.get(role, ()) for span in r.gold or ()))


def _check_labels(roles: Roles, names: tuple[str, ...]) -> None:
    """Gold that names a label the project does not have could never be learnt or measured."""
    strange = Counter(
        span.label
        for role in GOLD_ROLES
        for record in roles.get(role, ())
        for span in record.gold or ()
        if span.label not in names
    )
    if strange:
        listed = ", ".join(f"{label} ({count})" for label, count in strange.most_common())
        raise ProjectError(
            f"llmaaa new: --labels leaves out labels of the gold spans: {listed}; add them, or drop them there"
        )
    if len(set(names)) < len(names):
        raise ProjectError("llmaaa new: --labels names a label twice")


def _write(
    folder: Path,
    files: Mapping[str, Path],
    read: Mapping[str, NerFile],
    assignment: Assignment,
    settings: Settings,
    names: tuple[str, ...],
) -> tuple[str, tuple[str, ...]]:
    paths = ProjectPaths(folder)
    labels = LabelSet.of(names, dict(settings.labels))
    settings = replace(settings, labels=dict(zip(labels.names, labels.verbalised, strict=True)))
    paths.settings.touch(mode=0o600)
    paths.settings.write_text(write_settings(settings), encoding="utf-8")
    paths.models.mkdir(mode=0o700)
    lines = _report(assignment, read, files)
    database = paths.database(settings)
    refuse_network(database)
    if database.exists():
        raise ProjectError(f"{database}: is there already; give this project another store.path")
    try:
        return _fill(paths, files, assignment, settings, labels, lines)
    except BaseException:
        database.unlink(missing_ok=True)  # it may lie outside the folder that is thrown away
        raise


def _fill(
    paths: ProjectPaths,
    files: Mapping[str, Path],
    assignment: Assignment,
    settings: Settings,
    labels: LabelSet,
    lines: tuple[str, ...],
) -> tuple[str, tuple[str, ...]]:
    store = Store(paths.database(settings))
    try:
        project = settings.project
        identity = create_project(
            store, name=project.name, task=project.task, mode=project.mode, labels=labels, seed=project.seed
        )
        for role in STRICTNESS:
            records = assignment.roles.get(role)
            if records:
                report = {"moves": [f"{m.source} → {m.kept} ({m.kind}): {n}" for m, n in assignment.moves.items()]}
                file = next((path.name for flag, path in files.items() if flag.startswith(role[:3])), "gold")
                write_import(store, role, records, file=file, format_name="ner", report=report)
        found = check_encoder(store, settings.student.encoder)
        LedgerStore(paths.ledger(settings), identity).close()
    finally:
        store.close()
    said = ", ".join(f"{name} ({words})" for name, words in settings.labels.items())
    return found.warning, (*lines, f"labels: {said}", in_words(settings.student.encoder, found))


def _report(assignment: Assignment, read: Mapping[str, NerFile], files: Mapping[str, Path]) -> tuple[str, ...]:
    lines = []
    for flag, file in read.items():
        scheme = f", {file.scheme}" if file.scheme else ""
        labelled = sum(record.gold is not None for record in file.records)
        lines.append(
            f"read {files[flag]} ({file.format}{scheme}): {len(file.records)} sentences, {labelled} with labels"
        )
    for role in (Role.POOL, Role.DEMONSTRATION, Role.META, Role.DEV, Role.TEST):
        records = assignment.roles.get(role, [])
        hidden = ""
        if role is Role.POOL:
            count = sum(record.gold is not None for record in records)
            hidden = f" ({count} with hidden gold: for simulator and evaluation only)" if count else ""
        lines.append(f"{role:>13}: {len(records)} sentences{hidden}")
    for role, records in assignment.roles.items():
        marked = sum(record.document.never_send for record in records)
        if marked:
            lines.append(
                f"{role:>13}: {marked} marked never_send, which only people see: no annotator is asked or shown"
            )
    if not assignment.roles.get(Role.TEST):
        lines.append("no test file was given: there will be no test column")
    lines.extend(assignment.notes)
    for move, count in sorted(assignment.moves.items()):
        copies = f"{count} {move.kind} {'copy' if count == 1 else 'copies'}"
        lines.append(f"{copies} of a {move.kept} sentence taken out of {move.source}")
    return tuple(lines)
