"""A simulator inside the test's own process, on a thread and a port of its own: for clients of every kind.

    with SimulatorServer(sentences(20, 1)) as server:
        server.script(["429_ms", "ok", "reset_after"])
        … openai.AsyncOpenAI(base_url=server.url) …
        assert server.bill()["requests"] == 2

It works as `async with` too. The server's thread answers while the test's own loop, or a subprocess that the test
waits for, does something else.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from support import write_jsonl

from llmaaa_tui.simulator.fingerprint import fingerprint
from llmaaa_tui.simulator.http1 import Request
from llmaaa_tui.simulator.script import parse
from llmaaa_tui.simulator.server import HOST, Options, Server, model_of
from llmaaa_tui.simulator.state import State
from llmaaa_tui.simulator.tasks import read_gold


@dataclass(frozen=True)
class Seen:
    """A request as it arrived; names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The body's JSON."""
        return json.loads(self.raw)


class SimulatorServer:
    """Start it with `with` or `async with`.

    Args:
        gold: files, one file, or rows of the task (`{"tokens", "tags"}` or `{"text", "spans"}` for entities).
        profile: "exact" makes no errors.
        script: what goes wrong, as `llmaaa_tui.simulator.script.parse` takes it; `script()` sets another later.
        state: its file; one of the test's own outlives the server, as a restart would have it.
        options: further options of `llmaaa_tui.simulator.server.Options`.

    Attributes:
        seen: every request that reached an endpoint of a provider, in the order of arrival.
    """

    def __init__(
        self,
        gold: Path | Sequence[Path] | Sequence[Mapping[str, Any]],
        *,
        profile: str = "exact",
        seed: int = 0,
        latency_ms: int = 0,
        script: object = (),
        state: Path | None = None,
        **options: Any,
    ) -> None:
        self.seen: list[Seen] = []
        self.model = f"simulated-{profile}"
        self._folder = tempfile.TemporaryDirectory(prefix="simulator-")
        self._options = Options(
            gold=self._files(gold),
            profile=profile,
            seed=seed,
            latency_ms=latency_ms,
            state=state or Path(self._folder.name, "state.db"),
            **options,
        )
        self._script = parse(list(script) if isinstance(script, tuple) else script)
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Base URL for OpenAI's SDK."""
        return f"{self.anthropic_url}/v1"

    @property
    def anthropic_url(self) -> str:
        """Base URL for Anthropic's SDK."""
        return f"http://{HOST}:{self._port}"

    def bill(self) -> dict[str, int]:
        """requests, bill_nanousd, repeated, batch_requests."""
        return dict(self._ask("/bill"))

    def script(self, value: object) -> None:
        """Set what goes wrong from now on; call indexes count from here."""
        self._ask("/faults", value)

    def given(self) -> dict[str, int]:
        """How often each fault was given since the script was set."""
        return dict(self._ask("/faults")["given"])

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            self._thread.join()
            raise self._failed
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._folder.cleanup()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.__exit__)

    def _files(self, gold: Path | Sequence[Path] | Sequence[Mapping[str, Any]]) -> list[Path]:
        if isinstance(gold, Path):
            return [gold]
        files = [one for one in gold if isinstance(one, Path)]
        rows = [dict(one) for one in gold if not isinstance(one, Path)]
        return [*files, write_jsonl(Path(self._folder.name, "gold.jsonl"), rows)] if rows else files

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failed = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        options = self._options
        assert options.state is not None
        assert options.profile is not None
        state = State(options.state)
        try:
            state.set(gold=fingerprint(options.gold))
            records, seed = read_gold(options.task, options.gold), options.seed or 0
            model = model_of(options, records, options.profile, seed)
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            async with Server(model, state, options, self._script, self._note).listening() as self._port:
                self._ready.set()
                await self._stop.wait()
        finally:
            state.close()

    def _note(self, request: Request) -> None:
        if request.path.startswith("/v1/"):
            self.seen.append(Seen(request.method, request.path, request.headers, request.body))

    def _ask(self, path: str, value: object = None) -> Any:
        body = None if value is None else json.dumps(value).encode()
        with urllib.request.urlopen(f"{self.anthropic_url}{path}", body, timeout=10) as answer:
            return json.load(answer)
