"""`llmaaa leakage`: what probes say about whether an annotator has seen a dataset before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
from click.core import ParameterSource

from ..core.leakage import Finding, Probe, Verdict, as_dict, sentence
from ..core.snapshot import Measure
from ..errors import SettingsError
from ..text import clean

PUBLISHED_NOWHERE = "texts without a published name"
SPLITS = ("test", "dev", "meta", "pool")


@click.command(
    epilog="Exit codes: 0 measured, or told; 1 unexpected; 2 wrong usage; 3 budget used up before all was asked; 4 the "
    "annotator keeps failing; 5 another worker holds the project; 7 stopped by a person; 130 interrupted."
)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--recorded",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Answers that others recorded: a folder a model, in it <dataset>_sample_source.json and "
    "<dataset>_sentence_continuation.json. Asks nobody, needs no project.",
)
@click.option(
    "--probe",
    "probes",
    metavar="NAMES",
    default="",
    help=f"Ask the annotator of DIR: all, or of {', '.join(Probe)} some, with commas between. Without it what is known "
    "is printed, and nobody is asked.",
)
@click.option("--n", "n", type=click.IntRange(1), default=100, show_default=True, help="Items a probe, at most.")
@click.option(
    "--split",
    type=click.Choice(SPLITS),
    default="test",
    show_default=True,
    help="Whose items. Those of dev and test go to the provider too.",
)
@click.option(
    "--control",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Texts of the same language and kind, newer than the annotator or written by you, in any format that is "
    "imported; else leakage.control.",
)
@click.option("--repeats", type=click.IntRange(1), default=1, show_default=True, help="Answers a question.")
@click.option("--dataset", metavar="NAME", help="Under which these texts were published; else leakage.dataset.")
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="Override a setting.")
@click.option("--estimate", is_flag=True, help="Say what would be asked and what it costs at most, and ask nobody.")
@click.option("--json", "as_json", is_flag=True, help="All figures, as JSON with stable keys.")
def command(
    folder: Path | None,
    recorded: Path | None,
    probes: str,
    n: int,
    split: str,
    control: Path | None,
    repeats: int,
    dataset: str | None,
    overrides: tuple[str, ...],
    estimate: bool,
    as_json: bool,
) -> int:
    """Say what leakage probes come to: rates with exact intervals, held against their controls; with --probe ask them
    first, under the cap. What they cannot tell stands in docs/LEAKAGE.md."""
    if (folder is None) == (recorded is None):
        raise click.UsageError("say whose answers: a project's DIR, or --recorded DIR")
    if recorded is not None:
        if probes or estimate:
            raise click.UsageError("--recorded asks nobody: leave --probe and --estimate out")
        from ..evaluation.recorded_probes import findings, read

        tell([finding for one in read(recorded) for finding in findings(one)], as_json)
        return 0
    from . import leakage_project as project

    assert folder is not None
    if not probes:
        idle = _without_probe()
        if idle:
            raise click.UsageError(f"{idle}: say which probes with --probe all, or their names")
        found = project.known(folder)
        if not found and not as_json:
            print(f"nothing has been asked yet; ask with: llmaaa leakage {folder} --probe all --estimate")
            return 0
        tell(found, as_json)
        return 0
    chosen = project.Chosen(chosen_probes(probes), split, n, repeats)
    given = project.settings_of(overrides, dataset, control)
    return project.probe(folder, chosen, given, estimate=estimate, as_json=as_json)


def _without_probe() -> str:
    """The first option that was given and says something about probes alone; empty: there is none."""
    context = click.get_current_context()
    asks = ("estimate", "n", "split", "control", "repeats", "dataset", "overrides")
    flags = {one.name: one.opts[0] for one in context.command.params}
    given = (one for one in asks if context.get_parameter_source(one) is ParameterSource.COMMANDLINE)
    return next((flags[one] for one in given), "")


def chosen_probes(text: str) -> tuple[Probe, ...]:
    """The probes that `--probe` names, in their usual order.

    Raises:
        SettingsError: there is no such probe.
    """
    named = [one.strip().replace("-", "_") for one in text.split(",") if one.strip()]
    unknown = next((one for one in named if one != "all" and one not in list(Probe)), None)
    if unknown is not None or not named:
        raise SettingsError(f"--probe: {unknown or text!r} is not known; choose all, or of {', '.join(Probe)} some")
    return tuple(one for one in Probe if "all" in named or one in named)


def tell(found: Sequence[Finding], as_json: bool) -> None:
    """The findings on stdout, as JSON or as lines."""
    if as_json:
        print(json.dumps({"probes": [as_dict(one) for one in found]}, ensure_ascii=False, indent=2))
        return
    for line in lines(found):
        print(line)


def lines(found: Sequence[Finding]) -> list[str]:
    """The findings for a person: a heading an annotator and dataset, a line a probe, what else to know below it."""
    told = []
    heading = None
    for one in found:
        if (one.annotator, one.dataset) != heading:
            heading = one.annotator, one.dataset
            mark = f" · {one.simulated.upper()}" if one.simulated else ""
            told.append(f"{clean(one.annotator)} · {clean(one.dataset) or PUBLISHED_NOWHERE}{mark}")
        of = f", rounds to {one.round}" if one.round else f", {one.split}" if one.split else ""
        repeats = f" × {one.repeats}" if one.repeats > 1 else ""
        figure = f"{one.rate:.2f} [{one.low:.2f}, {one.high:.2f}] n={one.n:,}{repeats}"
        beside = f", against {_figure(one.against)}" if one.against else ""
        beside += f", ROUGE-L {_figure(one.rouge_l)}" if one.rouge_l else ""
        beside += f", difference {_figure(one.effect)}" if one.effect else ""
        words = sentence(one) if one.verdict is not Verdict.NO_CONTROL or not one.n else "no control: no verdict"
        told.append(f"  {one.probe.value:<12}  {one.rule:<5}  {figure}{of}{beside}: {words}")
        if one.hint:
            told.append(f"      {clean(one.hint)}")
    return told


def _figure(one: Measure) -> str:
    interval = "" if one.low is None or one.high is None else f" [{one.low:.2f}, {one.high:.2f}]"
    return f"{one.value:.2f}{interval} n={one.n:,}"
