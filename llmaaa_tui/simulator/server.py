"""The simulator's process: it listens on the loopback alone, answers, and keeps its bill."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.document import Record
from ..core.tasks import TASKS, get
from ..errors import LlmaaaError
from . import http1
from .corpora import MEMORISED
from .delivery import WHOLE, deliver
from .fingerprint import fingerprint
from .http1 import HttpError, Request, Response
from .memory import Memory
from .model import Model
from .openai_wire import OPENAI
from .probes import Remembering
from .script import Script
from .script import read as read_script
from .service import Service, family_of
from .state import State
from .table import EXACT, PROFILES
from .tasks import of, read_gold

HOST = "127.0.0.1"
DEFAULT_PROFILE = "gpt-4-turbo"
LAST_ANSWERS_S = 5.0
"""When it is told to end, answers that are under way get this long."""

LOOK_S = 2.0
"""How often it looks whether it may end by itself."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `llmaaa simulator` takes; None is what the state file remembers, else the default."""

    gold: Sequence[Path]
    profile: str | None = None
    port: int = 0
    latency_ms: int = 0
    seed: int | None = None
    state: Path | None = None
    idle_exit_s: float | None = None
    faults: str | None = None
    batch_s: float = 1.0
    task: str = next(iter(TASKS))
    memorised: float = 0.0
    dataset: str = MEMORISED


def run(options: Options) -> int:
    """Serve until SIGTERM, SIGINT or the idle time; prints one JSON line with the address when it listens.

    Raises:
        LlmaaaError: the gold, the state file, the profile or the port cannot be used.
    """
    if options.profile is not None and options.profile not in PROFILES:
        raise LlmaaaError(f"{options.profile!r} is not a profile: choose {', '.join(PROFILES)}")
    if not 0 <= options.memorised <= 1:
        raise LlmaaaError(f"--memorised {options.memorised:g} is no share of the texts: give a number from 0 to 1")
    script = read_script(options.faults) if options.faults else Script()
    of(options.task)
    mark = fingerprint(options.gold)
    records = read_gold(options.task, options.gold)
    state = State(options.state or default_state(mark))
    try:
        profile = options.profile or state.get("profile") or DEFAULT_PROFILE
        seed = options.seed if options.seed is not None else int(state.get("seed") or 0)
        model = model_of(options, records, profile, seed)
        units = get(options.task).units
        _say(f"{len(model)} gold {units}, profile {profile}, errors of row {model.row!r}")
        state.set(profile=profile, seed=seed, gold=mark)
        asyncio.run(Server(model, state, options, script).serve())
    finally:
        state.close()
    return 0


def model_of(options: Options, records: Sequence[Record], profile: str, seed: int) -> Model:
    """The model of these records; what it has memorised of them is as the options say."""
    task = of(options.task)
    memory = Memory(records, options.memorised, options.dataset or MEMORISED, seed)
    exact = task.simulate(records, EXACT, seed) if options.memorised else None
    return Model(Remembering(task.simulate(records, profile, seed), exact, memory), profile, seed)


def default_state(mark: str) -> Path:
    """Where the bill lies without --state: one file for each set of gold files, in the user's state folder."""
    from platformdirs import user_state_path

    return user_state_path("llmaaa") / "simulator" / f"{mark[:16]}.db"


class Server:
    """The listening server; what it charged is in the state file alone.

    Args:
        seen: is called with every request, before it is answered.
    """

    def __init__(
        self,
        model: Model,
        state: State,
        options: Options,
        script: Script,
        seen: Callable[[Request], None] | None = None,
    ) -> None:
        self._state = state
        self._options = options
        self._seen = seen
        self._who = {
            "token": secrets.token_hex(16),
            "pid": os.getpid(),
            "profile": model.profile,
            "seed": model.seed,
            "row": model.row,
            "gold": state.get("gold"),
            "task": options.task,
            "memorised": options.memorised,
            "dataset": options.dataset or MEMORISED,
        }
        self._service = Service(
            model, state, script, latency_ms=options.latency_ms, batch_s=options.batch_s, who=self._who
        )
        self._busy = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._last_request = time.monotonic()
        self._connections: set[asyncio.StreamWriter] = set()
        self._ended = asyncio.Event()

    async def serve(self) -> None:
        """Listen, say where, and return when told to end."""
        async with self.listening() as port:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self._ended.set)
            self._state.set(port=port, token=self._who["token"], pid=os.getpid())
            said = {name: self._who[name] for name in ("pid", "profile", "seed")}
            line = {"base_url": f"http://{HOST}:{port}/v1", **said}
            sys.stdout.write(json.dumps(line) + "\n")  # the one line that callers wait for
            sys.stdout.flush()
            idle = asyncio.create_task(self._end_when_idle())
            await self._ended.wait()
            idle.cancel()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Answer requests, on the port that it gives; at the end those under way are answered first."""
        server = await self._listen()
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._quiet.wait(), LAST_ANSWERS_S)
            for writer in self._connections:
                writer.close()

    async def _listen(self) -> asyncio.Server:
        """On the port asked for; without one, on the port it had before where that is free, else on any."""
        wanted = self._options.port
        before = int(self._state.get("port") or 0)
        try:
            return await asyncio.start_server(self._connection, HOST, wanted or before, limit=http1.MOST_HEADER_BYTES)
        except OSError as error:
            if wanted:
                raise LlmaaaError(
                    f"port {wanted} cannot be used ({error.strerror}); choose another, or --port 0 for a free one"
                ) from error
            return await asyncio.start_server(self._connection, HOST, 0, limit=http1.MOST_HEADER_BYTES)

    async def _end_when_idle(self) -> None:
        """Also when its project, and with it the state file, was deleted: nobody can find it or its bill any more."""
        limit = self._options.idle_exit_s
        while limit is not None:
            left = limit - (time.monotonic() - self._last_request)
            if (left <= 0 and not self._busy) or not self._state.path.exists():
                self._ended.set()
                return
            await asyncio.sleep(min(max(left, 0.05), LOOK_S))

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            while True:
                try:
                    request = await http1.read_request(reader)
                except HttpError as error:
                    response = Response(error.status, OPENAI.error(error))
                    await deliver(response, False, reader, writer)
                    return
                if request is None:
                    return
                with self._under_way():
                    response = await self._respond(request)
                    if response.delivery == WHOLE:
                        kept = await deliver(response, request.keep_alive, reader, writer)
                if response.delivery != WHOLE:  # may last for ever, and nothing waits for its end
                    kept = await deliver(response, request.keep_alive, reader, writer)
                if not kept:
                    return
        except ConnectionError:
            return  # the client has hung up; what it asked for is on the bill
        finally:
            self._connections.discard(writer)
            writer.close()

    @contextlib.contextmanager
    def _under_way(self) -> Iterator[None]:
        self._busy += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._busy -= 1
            self._last_request = time.monotonic()
            if not self._busy:
                self._quiet.set()

    async def _respond(self, request: Request) -> Response:
        if self._seen is not None:
            self._seen(request)
        try:
            return await self._service.answer(request)
        except Exception as error:
            _say(f"{request.method} {request.path}: {error!r}")
            failed = HttpError(500, f"the simulator failed: {type(error).__name__}")
            return Response(500, family_of(request).error(failed))


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()
