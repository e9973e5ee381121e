"""`llmaaa status DIR`: a run in figures, for a person or as JSON with stable keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ..core.crossing import sentence
from ..core.league import LeagueRow
from ..core.money import format_usd
from ..core.snapshot import Baseline, Measure, RoundRow, Score, Snapshot
from ..core.status import status
from ..core.tasks import Task, shown_as
from ..paths import ProjectPaths
from ..store.league import League
from ..store.purged import purged
from . import baseline_loops, view


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="All figures, as JSON with stable keys.")
def command(folder: Path, as_json: bool) -> int:
    """Report on the run of DIR."""
    paths, settings, reader = view.open_reader(folder)
    database = paths.database(settings)
    snapshot, moment = reader.snapshot(), purged(database)
    league = League(database, paths.ledger(settings))
    rows = [row for row in league.table(snapshot.seq) if row.kind == "annotator"]
    league.close()
    if as_json:
        view.print_json(
            snapshot,
            purged=moment or None,
            baselines=baseline_list(snapshot, paths),
            annotators=[_as_json(row) for row in rows],
        )
        return 0
    print(in_words(snapshot, rows))
    for line in baseline_loops.lines(paths):
        print(line)
    if moment:
        print(f"purged on {moment[:10]}: texts and answers are deleted, what they cost is kept")
    return 0


def baseline_list(snapshot: Snapshot, paths: ProjectPaths) -> list[dict[str, Any]]:
    """The key `baselines` of the JSON: what was measured here, and the loops in folders of their own."""
    return [*status(snapshot)["baselines"], *baseline_loops.as_json(paths)]


def _as_json(row: LeagueRow) -> dict[str, Any]:
    """An annotator in the key `annotators`: its answers against hidden gold, and the split it was measured on."""
    return {
        "name": row.name,
        "simulated": row.simulated or False,
        "usable": row.usable,
        "failed": dict(row.failed),
        "picked": asdict(row.picked) if row.picked else None,
        "accuracy": asdict(row.accuracy) if row.accuracy else None,
        "split": row.split or None,
        "measured": asdict(row.measured) if row.measured else None,
        "measured_accuracy": asdict(row.measured_accuracy) if row.measured_accuracy else None,
        "measured_failed": row.measured_failed,
    }


def _of_annotator(row: LeagueRow, units: str) -> list[str]:
    """What its answers of all rounds were worth, and those about a gold split; nothing where no gold tells."""
    lines = []
    if row.picked is not None:
        failed = ", ".join(f"{count} {name}" for name, count in row.failed.items()) or "0"
        right = f"accuracy {_measured(row.accuracy, units)}, " if row.accuracy else ""
        said = f"{right}F1 {_f1(row.picked, units)}; {row.usable} usable, failed {failed}"
        lines.append(f"{row.name} on all {units} picked: {said}")
    if row.measured is not None:
        right = f"accuracy {_measured(row.measured_accuracy, units)}, " if row.measured_accuracy else ""
        failed = f"; {row.measured_failed} of them failed" if row.measured_failed else ""
        lines.append(f"{row.name} on {row.split}: {right}F1 {_f1(row.measured, units)}{failed}")
    return lines


def _f1(score: Score | None, units: str) -> str:
    if score is None:
        return "–"
    of = f" {units}{_held(score)}" if score.sentences else ""
    return f"{score.f1:.3f} [{score.low:.3f}, {score.high:.3f}] n={score.n}{of}"


def _held(score: Score | None) -> str:
    """In how many sentences a score's pairs are, which is what its interval rests on; "" of other items."""
    return f" in {score.sentences:,} sentences" if score is not None and score.sentences else ""


def _of_student(rounds: Sequence[RoundRow], task: Task) -> list[str]:
    """How far the newest measured student is to be believed, and whether it still changes its mind."""
    row = next((one for one in reversed(rounds) if one.uncertainty or one.calibration), None)
    if row is None:
        return []
    lines = []
    if row.calibration is not None:
        lines.append(f"confidence after round {row.round}: {row.calibration.words(decisions=task.decisions)}")
    parts = []
    if row.agreement is not None:
        parts.append(f"kappa {_measured(row.agreement, task.decisions)} with the student before")
    if row.uncertainty is not None:
        parts.append(f"{task.entropy} {_measured(row.uncertainty, task.decisions)}")
    if parts:
        lines.append(f"on the stop set after round {row.round}: {', '.join(parts)}")
    return lines


def _measured(one: Measure, of: str) -> str:
    low = "" if one.low is None or one.high is None else f" [{one.low:.3f}, {one.high:.3f}]"
    return f"{one.value:.3f}{low} n={one.n:,} {of}"


def _made_of(one: Baseline, units: str) -> str:
    """What a baseline's figure rests on."""
    if one.train_size:
        return f", trained on {one.train_size} gold {units}"
    return f", {one.failed} answers failed and count as nothing found" if one.failed else ""


def in_words(snapshot: Snapshot, annotators: Sequence[LeagueRow] = ()) -> str:
    """The whole report as plain lines, with what is known of each annotator over all rounds."""
    mark = f"  {snapshot.simulated.upper()}" if snapshot.simulated else ""
    budget, human = snapshot.budget, snapshot.human
    task = shown_as(snapshot.task)
    units = task.units
    lines = [
        f"{snapshot.project} · {snapshot.task} · {' '.join(snapshot.labels)} · {snapshot.mode} mode{mark}",
        f"annotator {snapshot.annotator} · encoder {snapshot.encoder} · pool {snapshot.pool}",
        f"worker {snapshot.worker.state}" + (f", {snapshot.worker.phase}" if snapshot.worker.phase else ""),
    ]
    if snapshot.ended and snapshot.worker.state == "none":
        lines.append(f"ended ({snapshot.ended.code}): {snapshot.ended.reason}")
    if snapshot.encoder_warning:
        lines.append(f"warning: {snapshot.encoder_warning}")
    for row in snapshot.rounds:
        failed = ", ".join(f"{count} {name}" for name, count in row.failed.items()) or "0"
        lines.append(
            f"round {row.round}: {row.strategy}, {row.selected} picked, {row.labelled} labelled, {row.empty} empty, "
            f"failed {failed}, dev F1 {_f1(row.dev, units)}, test F1 {_f1(row.test, units)}, "
            + "".join(
                f"{split} accuracy {_measured(one, units + _held(row.dev if split == 'dev' else row.test))}, "
                for split, one in row.accuracy.items()
            )
            + f"annotator on the {units} picked {_f1(row.picked, units)}, ${format_usd(row.cost_nanousd)}"
        )
    if snapshot.rounds and snapshot.rounds[-1].teacher and not any(row.measured for row in annotators):
        last = snapshot.rounds[-1]
        lines.append(f"annotator on {last.teacher_split}: F1 {_f1(last.teacher, units)}")
    for one in annotators:
        lines += _of_annotator(one, units)
    if snapshot.crossing is not None:
        lines.append(sentence(snapshot.crossing))
    lines += _of_student(snapshot.rounds, task)
    lines += [
        f"baseline {one.name}, {one.split} F1 {_f1(one.score, units)}{_made_of(one, units)}"
        for one in snapshot.baselines
    ]
    lines.append(
        f"spent ${format_usd(budget.spent_nanousd, 6)}, held ${format_usd(budget.held_nanousd, 6)}, "
        f"unconfirmed ${format_usd(budget.unconfirmed_nanousd, 6)}, cap ${format_usd(budget.cap_nanousd, 2)}"
        + (f", prices {budget.prices_as_of}" if budget.prices_as_of else "")
    )
    if human.ratio_low is not None and human.ratio_high is not None:
        lines.append(
            f"people would cost ${format_usd(human.low_nanousd, 2)} – {format_usd(human.high_nanousd, 2)}: "
            f"{human.ratio_low:.0f} – {human.ratio_high:.0f} times as much ({human.basis})"
        )
    return "\n".join(lines)
