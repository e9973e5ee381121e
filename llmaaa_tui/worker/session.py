"""One worker's life: take the loop job, put the pieces together, run the machine, say how it ended."""

from __future__ import annotations

import json
import os
import traceback
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..acquisition.registry import get
from ..annotators.prices import age_warning
from ..config import Settings
from ..core.money import format_usd
from ..core.snapshot import Ended
from ..core.states import Kind, Role
from ..errors import AnnotatorError, LlmaaaError
from ..paths import ProjectPaths, open_project
from ..quiet import hush
from ..store import items, runs
from ..store.database import WORKER_PATIENCE_S, Store
from ..store.lease import Lease
from ..store.ledger import LedgerStore
from ..store.purged import refuse_purged
from ..store.runs import Job
from ..student.device import pick
from ..student.settings import StudentSettings
from . import errands, machine
from .annotate import second_settings
from .annotator import AnnotatorKit, build, describe
from .context import Context
from .control import Control
from .encoder_check import check_encoder
from .generate import manner_of
from .goals import Goals

UNEXPECTED = 1
PRICES = "prices.toml"


class Session:
    """A worker that holds the lease."""

    def __init__(self, paths: ProjectPaths, database: Path, lease: Lease, version: str) -> None:
        self._paths = paths
        self._database = database
        self._lease = lease
        self._version = version

    def work(self, asked: int | None = None) -> int:
        """Run the job `asked` (else the newest that is not over); gives its exit code."""
        store = Store(self._database, patience_s=WORKER_PATIENCE_S)
        control = Control(store)
        control.install()
        try:
            job = runs.unfinished_loop(store) if asked is None else runs.started_job(store, asked)
            if job is None:
                return 0
            runs.drop_stale_jobs(store, job.id)
            runs.mark_job(store, job.id, "taken")
            ended = self._run(store, control, job)
            runs.mark_job(store, job.id, "done" if ended.code != UNEXPECTED else "failed", ended.reason)
            return ended.code
        finally:
            store.close()

    def _run(self, store: Store, control: Control, job: Job) -> Ended:
        run: int | None = None
        try:
            _, settings = open_project(self._paths.folder, tuple(job.arguments.get("set", ())))
            hush(os.environ, local_only=settings.privacy.local_only)
            goals = Goals.parse(list(job.arguments.get("goals", ())), settings.loop.rounds)
            refuse_purged(self._database)
            project = items.project(store)
            goals.check(dev=items.has(store, Role.DEV), pool=items.has(store, Role.POOL))
            ledger = LedgerStore(self._paths.ledger(settings), project.uuid)
            try:
                ledger.set_cap(settings.cap_nanousd)
                _, there = open_project(self._paths.folder, tuple(job.arguments.get("set", ())))
                if there.cap_nanousd != settings.cap_nanousd:  # a person changed it since this run read it
                    ledger.set_cap(there.cap_nanousd)
                lost = ledger.recover()
                self._lease.tell("starting", {})
                project.refuse_other(settings.project.task)
                labels = project.label_set(dict(settings.labels))
                errand = errands.of(job.kind)
                if errand is not None:
                    kit = errand.kit_for(job.arguments, self._paths, settings, labels, store)
                else:
                    get(settings.loop.strategy)  # one that cannot be used is refused before anything is bought
                    kit = build(self._paths, settings, labels, store)
                rates = kit.rates_record()
                if settings.annotator.escalate and kit.kind is Kind.LLM:
                    # Said before anything is bought, not when the first model's answers are there.
                    rates["escalate"] = describe(self._paths, second_settings(settings), labels).rates_record()
                _refuse_wrong_prices(store, ledger, kit, rates)
                run = runs.start_run(
                    store,
                    version=self._version,
                    settings={
                        **settings.as_dict(),
                        "annotator_name": kit.name,
                        **manner_of(settings),
                    },
                    goals=list(job.arguments.get("goals", ())),
                    rates=rates,
                    simulated=kit.simulated,
                )
                context = Context(
                    paths=self._paths,
                    settings=settings,
                    project=project,
                    labels=labels,
                    store=store,
                    ledger=ledger,
                    lease=self._lease,
                    control=control,
                    goals=goals,
                    kit=kit,
                    student=student_settings(settings),
                )
                context.event("started", f"worker started; annotator {kit.name}, encoder {context.student.encoder}")
                context.event("device", pick(context.student.device, context.student.precision).sentence)
                old = age_warning(kit.rates, datetime.now(UTC).date()) if kit.rates else ""
                if old:
                    context.event("prices", old)
                if lost:
                    context.event(
                        "unconfirmed",
                        f"{lost} requests were under way when the last worker died; "
                        "their holds stay counted as unconfirmed",
                    )
                if runs.checked_encoder(store) != context.student.encoder:
                    check_encoder(store, context.student.encoder)
                ended = machine.run(context) if errand is None else errand.measure(context, job.arguments)
            finally:
                ledger.close()
        except LlmaaaError as error:
            ended = Ended(error.exit_code, str(error))
        except Exception as error:
            traceback.print_exc()
            ended = Ended(UNEXPECTED, f"unexpected {type(error).__name__}: {error} (details in {self._paths.log.name})")
        if run is None:
            run = runs.start_run(store, version=self._version, settings={}, goals=[], rates={}, simulated=None)
        runs.end_run(store, run, ended.code, ended.reason)
        return ended


def _refuse_wrong_prices(store: Store, ledger: LedgerStore, kit: AnnotatorKit, rates: dict[str, Any]) -> None:
    """A bill over its hold says that the prices are wrong: nothing more is bought by them, in no later run either.

    Raises:
        AnnotatorError: the last such bill came under the very prices that are in force now.
    """
    found = ledger.overbilled(kit.annotator.model) if kit.annotator is not None else None
    if found is None:
        return
    cost, hold, when = found
    if runs.last_rates(store, when) == json.loads(json.dumps(rates)):
        raise AnnotatorError(
            f"{kit.name} billed ${format_usd(cost, 6)} for a request that could cost ${format_usd(hold, 6)} by the "
            f"prices in force, so nothing more is bought by them: write its real prices into {PRICES}, then run again"
        )


def student_settings(settings: Settings) -> StudentSettings:
    """The student's settings; a 0 in the file leaves its default."""
    known = {spec.name for spec in fields(StudentSettings)}  # whether to start warm is asked of each training
    given = {spec.name: getattr(settings.student, spec.name) for spec in fields(settings.student) if spec.name in known}
    return StudentSettings(**{name: value for name, value in given.items() if value})
