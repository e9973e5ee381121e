"""`llmaaa budget DIR`: where the money is, and what a person decides about requests of unknown outcome."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..config import Settings
from ..core.money import format_usd, parse_usd
from ..core.snapshot import Budget, Snapshot
from ..errors import LlmaaaError
from ..paths import ProjectPaths
from ..settings_file import write_setting
from . import view
from .assume import assume

if TYPE_CHECKING:
    from ..store.ledger import LedgerStore
    from ..store.ledger_rulings import Unconfirmed

CAP, ASSUME = "cap", "assume"
DONE = {
    "release": ("released; its hold is free again", "released; their holds are free again"),
    "resend": ("will be sent again, under a new hold", "will be sent again, each under a new hold"),
    "skip": ("will not be sent again; its hold stays counted", "will not be sent again; their holds stay counted"),
}
"""What is said of one attempt, and of several."""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument(
    "verdict", metavar="[cap|assume|release|resend|skip]", type=click.Choice([CAP, ASSUME, *DONE]), required=False
)
@click.argument("values", metavar="[USD|NAME VALUE|ID...]", nargs=-1)
@click.option(
    "--all", "everything", is_flag=True, help="All unconfirmed attempts of this project that are not ruled on."
)
@click.option("--reason", default="", help="Why; stored with the verdict. A release needs one.")
@click.option("--json", "as_json", is_flag=True, help="All figures, as JSON.")
def command(
    folder: Path, verdict: str | None, values: tuple[str, ...], everything: bool, reason: str, as_json: bool
) -> int:
    """Show the cap of DIR, what is spent, held, unconfirmed and free; set the cap; rule on unconfirmed attempts; or
    say what people cost.

    `cap 2.50` counts at once, also for a worker that runs, and is written into llmaaa.toml for the runs to come.

    `assume` lists what people's cost is made of; `assume usd_per_hour 15` sets a figure, `assume usd_per_hour 15 12 20`
    one with its low and high end, `assume usd_per_hour default` puts its default back; `assume f1 0.8` is the dev F1
    whose cost is foretold.

    An attempt is unconfirmed when nobody knows whether it was billed: no answer came, or none with a bill. Its hold
    stays counted until you release it, best after a look at the provider's own bill. `resend` and `skip` say what
    becomes of the request where annotator.unknown = "ask".
    """
    from ..store.ledger import LedgerStore

    if verdict == ASSUME:
        if everything or reason:
            raise LlmaaaError("assume: takes a name and a figure, such as: llmaaa budget DIR assume usd_per_hour 15")
        return assume(folder, values, as_json)
    paths, settings, reader = view.open_reader(folder)
    path = paths.ledger(settings)
    try:
        ledger = LedgerStore(path, _project(paths.database(settings)))
        try:
            ledger.recover()  # what a dead worker left behind is unconfirmed, not held
            if verdict == CAP:
                if everything or reason:
                    raise LlmaaaError("cap: takes an amount in USD alone, such as: llmaaa budget DIR cap 2.50")
                view.say(_set_cap(paths, settings, ledger, reader.snapshot().budget, values))
                reader.close()
                reader = view.open_reader(folder)[2]  # it shows the cap of the settings until a run has set one
            elif verdict is not None:
                view.say(_rule(ledger, verdict, _numbers(verdict, values), everything, reason))
            report = _report(reader.snapshot(), ledger, path)
        finally:
            ledger.close()
    finally:
        reader.close()
    if as_json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    elif verdict is None:
        print("\n".join(_in_words(report, folder)))
    return 0


def _project(database: Path) -> str:
    from ..store import items
    from ..store.database import Store

    store = Store(database)
    try:
        return items.project(store).uuid
    finally:
        store.close()


def _set_cap(
    paths: ProjectPaths, settings: Settings, ledger: LedgerStore, budget: Budget, values: Sequence[str]
) -> str:
    """Set the cap in the settings and in the ledger; gives the sentence that says so."""
    if len(values) != 1:
        raise LlmaaaError("cap: say one amount in USD, such as: llmaaa budget DIR cap 2.50")
    amount = values[0].strip().removeprefix("$")
    try:
        nanousd = parse_usd(amount)
    except ValueError as error:
        raise LlmaaaError(f"cap: {error}") from None
    write_setting(paths.settings, "budget", "cap_usd", amount)  # first: a run that starts now takes it from there
    ledger.set_cap(nanousd)
    said = f"the cap is ${format_usd(nanousd, 6)} now; it was ${format_usd(budget.cap_nanousd, 6)}"
    if settings.budget.ledger:
        said += f"; it holds for all projects on {paths.ledger(settings)}"
    if ledger.free() == 0:
        said += "; nothing is free under it, so nothing is sent"
    return said


def _numbers(verdict: str, values: Sequence[str]) -> list[int]:
    """The numbers of attempts."""
    for value in values:
        if not value.isdecimal():
            raise LlmaaaError(f"{verdict}: {value!r} is no number of an attempt; llmaaa budget DIR lists them")
    return [int(value) for value in values]


def _rule(ledger: LedgerStore, verdict: str, attempts: Sequence[int], everything: bool, reason: str) -> str:
    """Store a verdict; gives the sentence that says so."""
    if bool(attempts) == everything:
        raise LlmaaaError(f"{verdict}: name the attempts by their numbers, or all of this project with --all")
    if verdict == "release" and not reason.strip():
        if not sys.stdin.isatty():
            raise LlmaaaError("release: say why with --reason TEXT; it is stored beside the money")
        reason = click.prompt("Why are they released", err=True)
    if everything:
        mine = [one for one in ledger.unconfirmed() if one.project == ledger.project]
        attempts = [one.attempt for one in mine if _can_be(one, verdict)]
        if not attempts:
            return f"{verdict}: nothing of this project is unconfirmed{' and not ruled on' if mine else ''}"
    ledger.rule(attempts, verdict, reason.strip(), getpass.getuser())
    one, several = DONE[verdict]
    return f"1 attempt {one}" if len(attempts) == 1 else f"{len(attempts)} attempts {several}"


def _can_be(one: Unconfirmed, verdict: str) -> bool:
    return verdict == "release" or (one.ruling is None and not one.answered)


def _report(snapshot: Snapshot, ledger: LedgerStore, path: Path) -> dict[str, Any]:
    budget = snapshot.budget
    listed = ledger.unconfirmed()
    by_purpose: dict[str, int] = {}
    for one in listed:
        if one.project == ledger.project:
            by_purpose[one.purpose] = by_purpose.get(one.purpose, 0) + one.nanousd
    return {
        "schema": 1,
        "project": snapshot.project,
        "simulated": snapshot.simulated or False,
        "ledger": str(path),
        "cap_nanousd": budget.cap_nanousd,
        "spent_nanousd": budget.spent_nanousd,
        "held_nanousd": budget.held_nanousd,
        "unconfirmed_nanousd": budget.unconfirmed_nanousd,
        "free_nanousd": budget.free_nanousd,
        "by_purpose": dict(budget.by_purpose),
        "unconfirmed_by_purpose": by_purpose,
        "prices_as_of": budget.prices_as_of,
        "unconfirmed": [{**asdict(one), "mine": one.project == ledger.project} for one in listed],
    }


def _in_words(report: dict[str, Any], folder: Path) -> list[str]:
    mark = f"  {report['simulated'].upper()}" if report["simulated"] else ""
    lines = [f"{report['project']} · ledger {report['ledger']}{mark}"]
    totals = ("cap", "spent", "held", "unconfirmed")
    lines += [f"{name:12} ${format_usd(report[f'{name}_nanousd'], 6)}" for name in totals]
    free = report["free_nanousd"]
    over = "" if free >= 0 else f": ${format_usd(-free, 6)} is over the cap, and nothing is sent"
    lines.append(f"{'free':12} ${format_usd(max(0, free), 6, left=True)}{over}")
    if report["prices_as_of"]:
        lines.append(f"{'prices':12} {view.price_date(report['prices_as_of'])}")
    for purpose in sorted({*report["by_purpose"], *report["unconfirmed_by_purpose"]}):
        maybe = report["unconfirmed_by_purpose"].get(purpose, 0)
        lines.append(
            f"for {purpose}: ${format_usd(report['by_purpose'].get(purpose, 0), 6)}"
            + (f", and ${format_usd(maybe, 6)} unconfirmed" if maybe else "")
        )
    others = report["spent_nanousd"] - sum(report["by_purpose"].values())
    if others:
        lines.append(f"for other projects of this ledger: ${format_usd(others, 6)}")
    listed = report["unconfirmed"]
    if not listed:
        return lines
    lines.append("")
    lines.append("unconfirmed: these may have been billed, nobody knows; their holds count against the cap")
    for one in listed:
        ruled = f" · ruled: {one['ruling']}" if one["ruling"] else ""
        whose = "" if one["mine"] else " · another project's"
        lines.append(
            f"{one['attempt']:>6}  ${format_usd(one['nanousd'], 6)}  {_age(one['age_s'])} ago  {one['purpose']}"
            f"  {one['model']}  {one['failure']}: {one['detail']}{ruled}{whose}"
        )
    if any(one["mine"] and one["ruling"] is None and not one["answered"] for one in listed):
        lines.append(
            f'where annotator.unknown = "ask", say what is to be done: llmaaa budget {folder} resend ID…, or skip ID…'
        )
    lines.append(f"free them, once the provider's own bill is known: llmaaa budget {folder} release ID… --reason TEXT")
    return lines


def _age(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
