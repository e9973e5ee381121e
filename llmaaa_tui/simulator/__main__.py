"""`python -m llmaaa_tui.simulator`: the simulator's process as the worker starts it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..core.tasks import TASKS
from ..errors import LlmaaaError
from .corpora import MEMORISED
from .server import Options, run
from .table import PROFILES


def main() -> int:
    """Read the arguments and serve; one sentence for every error the user can mend."""
    parser = argparse.ArgumentParser(prog="python -m llmaaa_tui.simulator", description="A loopback LLM.")
    parser.add_argument("--gold", type=Path, action="append", required=True)
    parser.add_argument("--task", default=next(iter(TASKS)))
    parser.add_argument("--profile", choices=PROFILES)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--idle-exit", type=float, metavar="SECONDS")
    parser.add_argument("--faults", metavar="SCRIPT")
    parser.add_argument("--batch-seconds", type=float, default=1.0)
    parser.add_argument("--memorised", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--dataset", default=MEMORISED)
    given = parser.parse_args()
    options = Options(
        gold=given.gold,
        profile=given.profile,
        port=given.port,
        latency_ms=given.latency_ms,
        seed=given.seed,
        state=given.state,
        idle_exit_s=given.idle_exit,
        faults=given.faults,
        batch_s=given.batch_seconds,
        task=given.task,
        memorised=given.memorised,
        dataset=given.dataset,
    )
    try:
        return run(options)
    except LlmaaaError as error:
        sys.stderr.write(f"llmaaa simulator: {error}\n")
        return error.exit_code


if __name__ == "__main__":
    raise SystemExit(main())
