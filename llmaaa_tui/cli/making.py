"""Make a project from files: who serves for what, written so that a failure leaves no trace."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..config import Settings, write_settings
from ..core.document import NOTHING, Labels, Record
from ..core.hygiene import Copies
from ..core.labels import LabelSet
from ..core.split import STRICTNESS, Assignment, Roles, together
from ..core.states import Role
from ..core.tasks import Task, get
from ..errors import InputError, ProjectError
from ..formats.tasks import TaskFile, looks_like, of
from ..paths import ProjectPaths
from ..store.database import Store, refuse_network
from ..store.group_rows import write_copies
from ..store.imports import create_project, write_import
from ..store.ledger import LedgerStore
from ..worker.encoder_check import check_encoder, in_words
from .negatives import FLAGS, Negatives, negative_label, sample
from .roles import assign_and_count
from .told import report

SHOWN = 5
"""Items of gold and of the pool that a preview shows."""
GOLD_ROLES = (Role.TEST, Role.DEV, Role.META, Role.DEMONSTRATION)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The files as read, who serves for what, the label set, what was sampled in which role, and the copies found."""

    task: Task
    read: Mapping[str, TaskFile]
    assignment: Assignment
    labels: LabelSet
    sampled: Mapping[Role, str]
    settings: Settings
    copies: tuple[Copies, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """What `make_project` did, in lines for a person."""

    folder: Path
    lines: tuple[str, ...]
    warning: str
    simulable: bool


def make_project(
    folder: Path,
    files: Mapping[str, Path],
    settings: Settings,
    labels: tuple[str, ...] = (),
    negatives: Negatives = Negatives(),  # noqa: B008 - it is frozen
) -> Made:
    """Read the files, assign roles, check the encoder and write the project folder.

    Args:
        folder: must not exist, or be empty.
        files: by flag: pool, gold, demos, meta, dev, test.
        settings: written as `llmaaa.toml`.
        labels: their names and order; () takes those of the gold.
        negatives: how many items with the negative label are kept.

    Raises:
        InputError: a file has a bad line.
        ProjectError: the folder is taken, or the files do not make a project.
    """
    refuse_taken(folder)
    prepared = _prepare(files, settings, labels, negatives)
    place = folder.resolve()
    partial = place.with_name(f".{place.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise ProjectError(f"{folder}: cannot be made ({error.strerror}); choose another folder") from None
    try:
        warning, lines = _write(partial, files, prepared)
        _move_in(partial, place)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return Made(folder, lines, warning, _simulable(prepared.assignment))


def refuse_taken(folder: Path) -> None:
    """Refuse a folder in which something lies.

    Raises:
        ProjectError: it is no empty folder.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        resume = f", or go on with: llmaaa run {folder}" if ProjectPaths(folder).settings.is_file() else ""
        raise ProjectError(f"{folder}: is there already; choose another folder{resume}")


def preview_project(
    files: Mapping[str, Path],
    settings: Settings,
    labels: tuple[str, ...] = (),
    negatives: Negatives = Negatives(),  # noqa: B008 - it is frozen
) -> dict[str, Any]:
    """What `make_project` would do, as plain JSON values; writes nothing.

    Gives the lines of its report, the copies that were looked for, how many items each role gets, each label with its
    words and how often gold says it, the negative label, and the first items of gold and pool, each with its spans, its
    classes and its pair.

    Raises:
        InputError: a file has a bad line.
        ProjectError: the files do not make a project.
    """
    prepared = _prepare(files, settings, labels, negatives)
    assignment = prepared.assignment
    seen = Counter(
        name
        for record in {id(one): one for role in GOLD_ROLES for one in assignment.roles.get(role, ())}.values()
        for name in _names(record)
    )
    telling = sorted(assignment.roles.get(Role.DEV, ()), key=lambda record: _is_dull(record, prepared.labels.negative))
    shown = [(Role.DEV, record) for record in telling[:SHOWN]]
    shown += [(Role.POOL, record) for record in assignment.roles[Role.POOL][:SHOWN]]
    return {
        "lines": list(report(assignment, prepared.read, files, prepared.task, prepared.copies)),
        "copies": [one.as_dict() for one in prepared.copies],
        "roles": {str(role): len(records) for role, records in assignment.roles.items()},
        "labels": [
            {"name": name, "words": words, "gold": seen[name]}
            for name, words in zip(prepared.labels.names, prepared.labels.verbalised, strict=True)
        ],
        "negative": prepared.labels.negative,
        "sentences": [_shown(role, record) for role, record in shown],
        "simulable": _simulable(assignment),
    }


def _is_dull(record: Record, negative: str | None) -> bool:
    """Whether its gold says nothing but that nothing is here."""
    return set(_names(record)) <= {negative}


def _shown(role: Role, record: Record) -> dict[str, Any]:
    """An item as a preview shows it; the hidden gold of the pool stays hidden."""
    gold = NOTHING if record.gold is None or role is Role.POOL else record.gold
    pair = record.document.pair
    return {
        "role": str(role),
        "text": record.document.text,
        "spans": [{"start": s.start, "end": s.end, "label": s.label} for s in gold.spans],
        "classes": list(gold.classes),
        "pair": None if pair is None else {"head": list(pair.head), "tail": list(pair.tail)},
    }


def _prepare(files: Mapping[str, Path], settings: Settings, labels: tuple[str, ...], negatives: Negatives) -> _Prepared:
    task = get(settings.project.task)
    read = _marked_alike({flag: _read(path, task, settings.project.negative, flag) for flag, path in files.items()})
    if task.pairs:
        read = {flag: replace(file, records=together(file.records)) for flag, file in read.items()}
    assignment, copies = assign_and_count({flag: file.records for flag, file in read.items()}, settings)
    names = labels or _seen(assignment.roles)
    negative = negative_label(settings, names)
    if negative and negative not in names:
        assignment.notes.append(f"no gold has the negative label {negative}: it is the last of the labels")
        names = (*names, negative)
    _check_labels(assignment.roles, names)
    sampled = sample(assignment, files, negatives, negative, settings)
    label_set = LabelSet.of(names, dict(settings.labels), negative or None)
    words = dict(zip(label_set.names, label_set.verbalised, strict=True))
    settings = replace(settings, project=replace(settings.project, negative=negative), labels=words)
    _sort_classes(assignment.roles, label_set)
    return _Prepared(task, read, assignment, label_set, sampled, settings, copies)


def _read(path: Path, task: Task, negative: str, flag: str) -> TaskFile:
    """A file as its task reads it; one that it cannot read, or finds no gold in, may be another task's."""
    try:
        found = of(task.name).read(path, negative)
    except InputError:
        _refuse_of_another(path, task)
        raise
    if flag != "pool" and all(record.gold is None for record in found.records):
        _refuse_of_another(path, task)
    return found


def _refuse_of_another(path: Path, task: Task) -> None:
    other = looks_like(path, task)
    if other is not None:
        reason = f"this looks like {other.title}, and the task here is {task.name}: --task {other.name} reads it"
        raise InputError(path, None, reason) from None


def _sort_classes(roles: Roles, labels: LabelSet) -> None:
    """Bring several labels of an item into the order of the label set; strange ones of hidden gold stand last."""
    rank = {name: place for place, name in enumerate(labels.names)}
    sorted_ones: dict[int, Record] = {}  # in paper mode roles share their records

    def in_order(record: Record) -> Record:
        if record.gold is None or len(record.gold.classes) < 2:
            return record
        if id(record) not in sorted_ones:
            classes = tuple(sorted(record.gold.classes, key=lambda name: rank.get(name, len(rank))))
            sorted_ones[id(record)] = replace(record, gold=Labels(record.gold.spans, classes))
        return sorted_ones[id(record)]

    for role, records in roles.items():
        roles[role] = [in_order(record) for record in records]


def _names(record: Record) -> tuple[str, ...]:
    return record.gold.names if record.gold is not None else ()


def _said(roles: Roles) -> Iterable[str]:
    """Every label that gold says, as often as it is said."""
    return (name for role in GOLD_ROLES for record in roles.get(role, ()) for name in _names(record))


def _simulable(assignment: Assignment) -> bool:
    """Whether the simulator can answer about every item of the pool."""
    return all(record.gold is not None for record in assignment.roles[Role.POOL])


def _marked_alike(read: Mapping[str, TaskFile]) -> dict[str, TaskFile]:
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


def _seen(roles: Roles) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(_said(roles)))
    if not names:
        raise ProjectError("llmaaa new: no gold has a label; name them with --labels PER,ORG,…")
    return names


def _check_labels(roles: Roles, names: tuple[str, ...]) -> None:
    """Gold that names a label the project does not have could never be learnt or measured."""
    strange = Counter(name for name in _said(roles) if name not in names)
    if strange:
        listed = ", ".join(f"{label} ({count})" for label, count in strange.most_common())
        raise ProjectError(
            f"llmaaa new: --labels leaves out labels of the gold: {listed}; add them, or drop them there"
        )
    if len(set(names)) < len(names):
        raise ProjectError("llmaaa new: --labels names a label twice")


def _write(folder: Path, files: Mapping[str, Path], prepared: _Prepared) -> tuple[str, tuple[str, ...]]:
    paths, settings = ProjectPaths(folder), prepared.settings
    paths.settings.touch(mode=0o600)
    paths.settings.write_text(write_settings(settings), encoding="utf-8")
    paths.models.mkdir(mode=0o700)
    database = paths.database(settings)
    refuse_network(database)
    if database.exists():
        raise ProjectError(f"{database}: is there already; give this project another store.path")
    try:
        return _fill(paths, files, prepared)
    except BaseException:
        database.unlink(missing_ok=True)  # it may lie outside the folder that is thrown away
        raise


def _fill(paths: ProjectPaths, files: Mapping[str, Path], prepared: _Prepared) -> tuple[str, tuple[str, ...]]:
    assignment, settings, project = prepared.assignment, prepared.settings, prepared.settings.project
    store = Store(paths.database(settings))
    try:
        identity = create_project(
            store, name=project.name, task=project.task, mode=project.mode, labels=prepared.labels, seed=project.seed
        )
        moves = [f"{m.source} → {m.kept} ({m.kind}): {n}" for m, n in assignment.moves.items()]
        for role in STRICTNESS:
            records = assignment.roles.get(role)
            if records:
                flag = FLAGS[role] if FLAGS[role] in files else "gold" if "gold" in files else "pool"
                done = {"moves": moves, "sampled": prepared.sampled.get(role, "")}
                file, format_name = files[flag].name, prepared.read[flag].format
                write_import(store, role, records, file=file, format_name=format_name, report=done)
        write_copies(store, prepared.copies)
        found = check_encoder(store, settings.student.encoder)
        LedgerStore(paths.ledger(settings), identity).close()
    finally:
        store.close()
    said = ", ".join(f"{name} ({words})" for name, words in settings.labels.items())
    lines = [*report(assignment, prepared.read, files, prepared.task, prepared.copies), f"labels: {said}"]
    if prepared.labels.negative:
        lines.append(f"negative label, which counts for no F1: {prepared.labels.negative}")
    return found.warning, (*lines, in_words(settings.student.encoder, found))
