"""What the simulator answers to each request, whoever carries it: the endpoints of two providers, and its own."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import effects, script
from .anthropic_batches import MESSAGE_BATCHES, AnthropicBatches
from .anthropic_wire import ANTHROPIC, Messages
from .batches import Batches, Done
from .faults import OK, Kind, kind
from .http1 import HttpError, Request, Response
from .model import Model
from .openai_batches import BATCHES, FILES, OpenAIBatches
from .openai_wire import OPENAI, Chat, Responses
from .script import Script, ScriptError
from .state import State
from .tasks import Asked
from .wire import Family, Question, Reply, Wire, object_of

MESSAGES = Messages()
WIRES: Mapping[str, Wire] = {
    "/v1/chat/completions": Chat(),
    "/v1/responses": Responses(),
    "/v1/messages": MESSAGES,
}
COUNT = "/v1/messages/count_tokens"
OWN = ("/bill", "/whoami", "/faults")
_CREATES = (f"POST {BATCHES}", f"POST {MESSAGE_BATCHES}")
_PATHS = (*WIRES, COUNT, "/v1/models", *OWN)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was read: what is billed under `name`."""

    wire: Wire
    body: Mapping[str, Any]
    name: str
    question: Question
    asked: Asked


class Service:
    """Answers requests.

    Args:
        latency_ms: how long an answer takes.
        batch_s: how long a batch takes, in seconds.
        who: what `/whoami` tells.
    """

    def __init__(
        self,
        model: Model,
        state: State,
        plan: Script,
        *,
        latency_ms: int = 0,
        batch_s: float = 1.0,
        who: Mapping[str, object] | None = None,
    ) -> None:
        self._model = model
        self._state = state
        self._latency_s = latency_ms / 1000
        self._who = who or {}
        self._batches = Batches(state.database, self._line, batch_s)
        self._openai = OpenAIBatches(state.database, self._batches)
        self._anthropic = AnthropicBatches(self._batches)
        self.script = plan

    async def answer(self, request: Request) -> Response:
        """The answer to one request; a refusal in the words of the provider that was asked."""
        family = family_of(request)
        try:
            response = self._own(request) if request.path in OWN else await self._provided(request, family)
        except HttpError as error:
            response = Response(error.status, family.error(error))
        ident = (family.request_id_header, f"req_{secrets.token_hex(12)}")
        return replace(response, headers=(*response.headers, ident))

    def _own(self, request: Request) -> Response:
        match request.method, request.path:
            case "GET", "/bill":
                self._batches.settle()
                return Response(200, self._state.bill())
            case "GET", "/whoami":
                return Response(200, self._who)
            case "GET", "/faults":
                return Response(200, self.script.as_json())
            case "POST", "/faults":
                return self._new_script(request.body)
        raise HttpError(405, f"{request.method} is not for {request.path}")

    async def _provided(self, request: Request, family: Family) -> Response:
        if request.method == "POST" and request.path in WIRES:
            return await self._call(WIRES[request.path], request)
        place = f"{request.method} {request.path}"
        creates = place in _CREATES
        fault = (
            self.script.call(place, hashlib.sha256(request.body).hexdigest()) if creates else self.script.path(place)
        )
        refused = self._refused(fault, family, request)
        if refused is not None:
            return refused
        response = self._other(request, fault)
        struck = kind(fault) is Kind.LOST or fault == "gzip"
        if struck or (creates and kind(fault) is Kind.BATCH):
            self.script.met(fault)
        return effects.on_response(fault, response, family) if struck else response

    def _other(self, request: Request, fault: str) -> Response:
        match request.method, request.path:
            case _, path if path.startswith(MESSAGE_BATCHES):
                self._batches.settle()
                return self._anthropic.answer(request, fault)
            case _, path if path.startswith((FILES, BATCHES)):
                self._batches.settle()
                return self._openai.answer(request, fault)
            case "POST", "/v1/messages/count_tokens":
                question = MESSAGES.counted(object_of(request.body))
                return Response(200, {"input_tokens": self._model.tokens(question)})
            case "GET", "/v1/models":
                return Response(200, self._models(request))
            case _, path if path in _PATHS:
                raise HttpError(405, f"{request.method} is not for {request.path}")
        raise HttpError(404, f"there is nothing at {request.path[:80]}; the simulator has {', '.join(_PATHS[:3])}")

    async def _call(self, wire: Wire, request: Request) -> Response:
        body = object_of(request.body)
        name = name_of(body)
        fault = self.script.call(f"{request.method} {request.path}", name)
        refused = self._refused(fault, wire.family, request)
        if refused is not None:
            return refused
        if wire.family is ANTHROPIC and "anthropic-version" not in request.headers:
            raise HttpError(400, "anthropic-version: header is required")
        call = self._read(wire, body, name)
        by_item, target = self.script.item(call.asked.texts)
        if by_item != OK:
            fault = by_item
            refused = self._refused(fault, wire.family, request)
            if refused is not None:
                return refused
        if kind(fault) is Kind.BATCH:
            fault = OK
        if fault != OK:
            self.script.met(fault)
        # Billed before it is sent, and whether or not anyone still listens, as providers do.
        _, envelope = self._generate(call, fault, target)
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        return effects.on_response(fault, Response(200, envelope), wire.family)

    def _line(self, endpoint: str, body: dict[str, Any]) -> Done:
        """One request of a batch; a fault of the connection is an error of the line."""
        family = WIRES[endpoint].family
        try:
            call = self._read(WIRES[endpoint], body, name_of(body))
        except HttpError as error:
            return Done(error.status, family.error(error))
        fault, target = self.script.item(call.asked.texts)
        if fault != OK:
            self.script.met(fault)
        if kind(fault) in (Kind.REFUSED, Kind.LOST):
            refused = effects.refused(fault, family, endpoint, "", self.script.redirect_to)
            if refused is not None and refused.status >= 400 and isinstance(refused.body, dict) and refused.body:
                return Done(refused.status, refused.body)
            return Done(500, family.error(HttpError(500, "The request failed")))
        reply, envelope = self._generate(call, fault, target, batch=True)
        if family is ANTHROPIC and "usage" in envelope:
            envelope["usage"]["service_tier"] = "batch"
        return Done(200, envelope, reply.asked, reply.written)

    def _read(self, wire: Wire, body: Mapping[str, Any], name: str) -> Call:
        question = wire.question(body)
        return Call(wire, body, name, question, self._model.asked(question))

    def _generate(self, call: Call, fault: str, target: int, *, batch: bool = False) -> tuple[Reply, dict[str, Any]]:
        """Answer and charge. Nothing else runs meanwhile, so two samples of one body are never the same."""
        question = call.question
        sample = question.sample if question.sample is not None else self._state.answered(call.name)
        reply = self._model.reply(question, call.asked, sample, fault, target)
        envelope = call.wire.envelope(call.body, self._model.name, reply, ident_of(call.name, sample))
        price = self._model.price(reply)
        whole = kind(fault) is not Kind.LOST
        self._state.charge(call.name, -(-price // 2) if batch else price, answered=whole, batch=batch)
        return reply, effects.on_envelope(fault, call.wire, envelope)

    def _refused(self, fault: str, family: Family, request: Request) -> Response | None:
        response = effects.refused(fault, family, request.path, key_of(request), self.script.redirect_to)
        if response is not None:
            self.script.met(fault)
        return response

    def _models(self, request: Request) -> dict[str, Any]:
        name = self._model.name
        if family_of(request) is OPENAI:
            model = {"id": name, "object": "model", "created": 0, "owned_by": "simulator"}
            return {"object": "list", "data": [model]}
        model = {"type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z"}
        return {"data": [model], "has_more": False, "first_id": name, "last_id": name}

    def _new_script(self, raw: bytes) -> Response:
        try:
            self.script = script.parse(json.loads(raw))
        except ScriptError as error:
            raise HttpError(400, str(error)) from None
        except ValueError:
            raise HttpError(400, "the body is not JSON") from None
        return Response(200, self.script.as_json())


def family_of(request: Request) -> Family:
    """Whose words a request is answered in."""
    anthropic = request.path.startswith("/v1/messages") or "anthropic-version" in request.headers
    return ANTHROPIC if anthropic else OPENAI


def key_of(request: Request) -> str:
    """The key a client showed; nothing is done with it but quoting it."""
    return request.headers.get("x-api-key") or request.headers.get("authorization", "").removeprefix("Bearer ")


def name_of(body: Mapping[str, Any]) -> str:
    """What a body is billed under: a hash of its JSON, however it was written."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def ident_of(name: str, sample: int) -> str:
    """The end of an answer's id: another one for each sample of a body."""
    return f"{name[:20]}{sample & 0xFFFF:04x}"
