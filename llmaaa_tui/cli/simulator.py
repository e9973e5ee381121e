"""`llmaaa simulator`: the loopback LLM by itself."""

from __future__ import annotations

from pathlib import Path

import click

from ..core.tasks import TASKS
from ..simulator.corpora import MEMORISED


@click.command()
@click.option(
    "--gold",
    "gold",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="File with gold labels that it answers from; may be given more than once.",
)
@click.option(
    "--task",
    default=next(iter(TASKS)),
    show_default=True,
    help=f"What its gold labels: {', '.join(TASKS)}, or a task that a package brings.",
)
@click.option(
    "--profile",
    type=click.Choice(["exact", "gpt-4-turbo", "llama-2-70b"]),
    help="Whose errors it makes; exact makes none.  [default: as before, else gpt-4-turbo]",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="0 takes the port it had, or a free one.",
)
@click.option(
    "--latency-ms", type=click.IntRange(0), default=0, show_default=True, help="Wait so long before every answer."
)
@click.option("--seed", type=int, help="Of its errors.  [default: as before, else 0]")
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="File of its bill, seed, profile and port.  [default: one a set of gold files, in the user's state folder]",
)
@click.option(
    "--faults",
    metavar="SCRIPT",
    help="What goes wrong: fault names with commas between, one a call; or JSON; or a file of JSON.",
)
@click.option(
    "--batch-seconds",
    type=click.FloatRange(0),
    default=1.0,
    show_default=True,
    help="How long a provider's batch takes.",
)
@click.option(
    "--memorised",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    metavar="SHARE",
    help="It has seen this share of the gold before: it answers probes so, and labels these texts exactly.",
)
@click.option(
    "--dataset", default=MEMORISED, show_default=True, help="The name under which it knows what it has memorised."
)
def command(
    gold: tuple[Path, ...],
    task: str,
    profile: str | None,
    port: int,
    latency_ms: int,
    seed: int | None,
    state: Path | None,
    faults: str | None,
    batch_seconds: float,
    memorised: float,
    dataset: str,
) -> int:
    """A loopback LLM that answers from gold: about named entities with the error rates of real ones, about relations
    and classes with rates that are assumed.

    It speaks the formats of OpenAI and Anthropic on 127.0.0.1 and prints its address as one JSON line; GET /bill
    tells what it charged. Any project can use it: annotator.provider = "openai", base_url the address, model
    "simulated-" and the profile's name.
    """
    from ..simulator.server import Options, run

    options = Options(
        gold,
        profile,
        port,
        latency_ms,
        seed,
        state,
        faults=faults,
        batch_s=batch_seconds,
        task=task,
        memorised=memorised,
        dataset=dataset,
    )
    return run(options)
