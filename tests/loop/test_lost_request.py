"""One sentence whose request never comes back fails alone: it does not end the run, now or at every resume."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from support import Project, sentences

MakeProject = Any


@pytest.mark.long
def test_a_request_that_always_breaks_fails_its_item_alone(make_project: MakeProject) -> None:
    breaking = {" ".join(row["tokens"]) for row in sentences(120, 1)[:3]}

    class Server(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked = body["messages"][-1]["content"]
            broken = any(text in asked for text in breaking)
            nothing: dict[str, list[str]] = {line[0]: [] for line in asked.splitlines() if line[0].isdigit()}
            message = {"role": "assistant", "content": json.dumps(nothing)}
            answer = {
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
            data = json.dumps({} if broken else answer).encode()
            self.send_response(500 if broken else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        project: Project = make_project(
            "unlucky",
            "annotator.provider=compatible",
            "annotator.model=local",
            f"annotator.base_url=http://127.0.0.1:{server.server_address[1]}/v1",
            "annotator.attempts=1",
            "annotator.per_request=1",
            "loop.initial=120",
        )
        (project.folder / "prices.toml").write_text("[local]\nlocal = true\n")
        done = project.run("--until", "rounds=1")
    finally:
        server.shutdown()
    assert done.returncode == 0, done.stderr
    (row,) = project.status()["rounds"]
    assert row["failed"] == {"transport": 3}
    assert row["empty"] == row["train_size"] == 117
