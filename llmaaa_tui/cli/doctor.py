"""`llmaaa doctor`: what this machine offers, and what is missing."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import click

OLDEST_SQLITE = (3, 37, 0)
MILLION = 1_000_000


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
def command(folder: Path | None) -> int:
    """Check this machine, and the project in DIR if one is named; exit code 1 where something must be mended."""
    checks: list[Callable[[], tuple[bool, str]]] = [
        _python,
        _terminal,
        _sqlite,
        _data,
        _disk,
        _encoder,
        _torch,
        _keys,
        _sdks,
        _prices,
        _tokens,
    ]
    good = _report(checks)
    if folder is not None:  # where there is no project to open, that is said once
        found = _report([partial(_project, folder)])
        of_project = [_consent, _key, _model]
        if found:
            of_project += [_second] if _escalate(folder) else []
            of_project.append(_copies)
        good = found and _report([partial(check, folder) for check in of_project]) and good
    return 0 if good else 1


def _report(checks: Sequence[Callable[[], tuple[bool, str]]]) -> bool:
    good = True
    for check in checks:
        try:
            fine, words = check()
        except Exception as error:
            fine, words = False, str(error)
        good = good and fine
        print(f"{'ok  ' if fine else 'FAIL'} {words}")
    return good


def _python() -> tuple[bool, str]:
    from .. import __version__

    return sys.version_info >= (
        3,
        11,
    ), f"llmaaa {__version__} on Python {platform.python_version()}, {platform.platform()}"


def _terminal() -> tuple[bool, str]:
    size = shutil.get_terminal_size()
    colours = os.environ.get("COLORTERM") or ("256" if "256" in os.environ.get("TERM", "") else "16 or fewer")
    over = ", over SSH" if "SSH_CONNECTION" in os.environ else ""
    inside = ", in tmux" if "TMUX" in os.environ else ""
    kind = os.environ.get("TERM", "none")
    swatch = " ".join(f"\x1b[38;5;{code}m●\x1b[0m" for code in (110, 150, 179, 174, 140)) if sys.stdout.isatty() else ""
    return True, f"terminal {kind}, {size.columns}x{size.lines}, colours {colours}{over}{inside} {swatch}".rstrip()


def _sqlite() -> tuple[bool, str]:
    return sqlite3.sqlite_version_info >= OLDEST_SQLITE, f"SQLite {sqlite3.sqlite_version} (3.37 or newer is needed)"


def _data() -> tuple[bool, str]:
    from ..resources import data_root, read_text

    read_text("prompts", "ner", "system.v1.md")
    folders = [name for name in ("db", "prompts", "example") if (data_root() / name).is_dir()]
    return len(folders) == 3, f"data folders found: {', '.join(folders)}"


def _disk() -> tuple[bool, str]:
    from ..store.database import NETWORK_FILESYSTEMS, filesystem_of

    kind = filesystem_of(Path.cwd())
    if kind in NETWORK_FILESYSTEMS:
        return True, f"this folder lies on {kind}, a network filesystem: set store.path to a file on a local disk"
    return True, f"filesystem {kind or 'of unknown type'}, {shutil.disk_usage(Path.cwd()).free // 2**30} GiB free"


def _encoder() -> tuple[bool, str]:
    from ..student.diagnose import diagnose
    from ..student.encoder import resolve

    resolve("embedded")
    found = diagnose("embedded", [("The", "mayor", "of", "Dodoma", "spoke", "."), ("Élan", "Zürich")], None)
    case = "keeps case" if found.keeps_case else "lower-cases"
    accents = "keeps accents" if found.keeps_accents else "strips accents"
    return True, f"embedded encoder all-MiniLM-L6-v2: checksum right, {case}, {accents}; for English"


def _torch() -> tuple[bool, str]:
    import torch

    from ..student.device import pick

    return True, f"torch {torch.__version__}: {pick('auto').sentence}"


def _keys() -> tuple[bool, str]:
    names = [name for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY") if os.environ.get(name)]
    return True, f"keys in the environment: {', '.join(names) or 'none (the simulator and local servers need none)'}"


def _sdks() -> tuple[bool, str]:
    from importlib.metadata import version

    return True, f"SDKs: openai {version('openai')}, anthropic {version('anthropic')}"


def _prices() -> tuple[bool, str]:
    from ..annotators.contracts import Rates
    from ..annotators.prices import age_days, table

    name, newest = table()
    days = age_days(Rates(0, 0, 0, 0, name, newest), _today())
    age = "without a date" if days is None else f"of {newest}, {days} days old"
    return True, f"price table: {name}, {age}, never updated over the network"


def _tokens() -> tuple[bool, str]:
    from ..annotators.tokens import vocabulary

    names = [name for model in ("gpt-4o", "gpt-4") if (name := vocabulary(model))]
    if names:
        return (
            True,
            f"token counts: exact with {' and '.join(names)} for the OpenAI models that use them, else by bytes",
        )
    return True, "token counts: by bytes, an upper bound (no vocabulary of tiktoken's is on this machine)"


def _today() -> date:
    return datetime.now(UTC).date()


def _project(folder: Path) -> tuple[bool, str]:
    from ..store.database import Store
    from ..worker.encoder_check import check_encoder, in_words
    from . import view

    paths, settings, reader = view.open_reader(folder)
    store = Store(paths.database(settings))
    try:
        print(f"     {in_words(settings.student.encoder, check_encoder(store, settings.student.encoder))}")
    finally:
        store.close()
    snapshot = reader.snapshot()
    warning = f"; warning: {snapshot.encoder_warning}" if snapshot.encoder_warning else ""
    return True, f"project {snapshot.project}: {snapshot.pool} in the pool, {len(snapshot.rounds)} rounds{warning}"


def _copies(folder: Path) -> tuple[bool, str]:
    """Whether a text serves in two roles, counted anew from the texts in the store."""
    from ..core.hygiene import allowed
    from ..core.tasks import get
    from ..paths import open_project
    from ..store.hygiene import copies_standing
    from ..store.purged import purged
    from ..store.reading import Reading
    from .roles import MAY_SHARE

    paths, settings = open_project(folder)
    if purged(paths.database(settings)):
        return True, "copies between roles: the texts were deleted, nothing is left to look at"
    reading = Reading(paths.database(settings), paths.ledger(settings))
    try:
        mode = str(reading.value("SELECT mode FROM project"))
        found = copies_standing(reading)
    finally:
        reading.close()
    task = get(settings.project.task)
    standing = [one for one in found if one.count]
    for one in standing:
        places = "; ".join(f"{first} = {second}" for first, second in one.examples)
        print(f"     {one.words(task.unit, task.units)}: {places}")
    wrong = [one for one in standing if not allowed(one, mode, MAY_SHARE)]
    pairs = len({(one.role_a, one.role_b) for one in found})
    said = f"copies between roles: {pairs} pairs of roles held against each other anew, exact and near"
    if not standing:
        return True, f"{said}: none"
    if not wrong:
        return True, f"{said}: those above, as paper mode has it; none with test or pool"
    count = sum(one.count for one in wrong)
    return False, f"{said}: {count} must not be there; make the project anew with llmaaa new, which takes them out"


def _consent(folder: Path) -> tuple[bool, str]:
    from ..consent import remote_host, what_is_sent
    from ..paths import open_project

    _, settings = open_project(folder)
    host = remote_host(settings)
    if host is None:
        return True, "texts stay on this machine"
    allowed = "allowed" if settings.annotator.allow_remote else "asked for before the first request"
    return True, f"{what_is_sent(settings, host)} ({allowed})"


def _key(folder: Path) -> tuple[bool, str]:
    from ..consent import AT_HOME
    from ..endpoint import address_of, is_local
    from ..paths import open_project

    _, settings = open_project(folder)
    annotator = settings.annotator
    if annotator.provider in AT_HOME:
        return True, f"annotator {annotator.provider}: needs no key"
    name, local = annotator.key_variable, is_local(address_of(annotator.provider, annotator.base_url))
    if os.environ.get(name):
        return True, f"key: {name} is set"
    return local, f"key: {name} is not set" + (", and a server on this machine may need none" if local else "")


def _second(folder: Path) -> tuple[bool, str]:
    """The same of the model that is asked where the first is unsure."""
    fine, words = _model(folder, _escalate(folder))
    return fine, f"annotator.escalate: {words}"


def _escalate(folder: Path) -> str:
    from ..paths import open_project

    return open_project(folder)[1].annotator.escalate


def _model(folder: Path, model: str = "") -> tuple[bool, str]:
    """What the project's annotator, or another model of its provider, costs, and how its tokens are counted."""
    from ..annotators.prices import PriceBook, age_days, age_warning, load_prices
    from ..annotators.tokens import vocabulary
    from ..consent import AT_HOME
    from ..core.money import format_usd
    from ..endpoint import address_of, is_local
    from ..paths import open_project

    paths, settings = open_project(folder)
    annotator = settings.annotator
    if annotator.provider in AT_HOME:
        return True, f"annotator {annotator.provider}: costs nothing"
    local = is_local(address_of(annotator.provider, annotator.base_url))
    model = model or annotator.model
    rates = PriceBook(load_prices(paths.prices)).rates(annotator.provider, model, local)
    tokens = vocabulary(model, annotator.provider)
    counted = f"tokens counted with {tokens}" if tokens else "tokens bounded by bytes"
    if rates.declared_free:
        return True, f"{model}: declared free in {rates.source}, {counted}"
    days = age_days(rates, _today())
    age = "" if days is None else f", {days} days old"
    warning = age_warning(rates, _today())
    return True, (
        f"{model}: ${format_usd(rates.input * MILLION)} a million tokens in, "
        f"${format_usd(rates.output * MILLION)} out ({rates.source}, {rates.as_of}{age}), {counted}"
        + (f"; warning: {warning}" if warning else "")
    )
