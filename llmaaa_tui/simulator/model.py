"""The simulated model: a task's gold under a profile of errors. It knows nothing but the texts it is sent."""

from __future__ import annotations

from . import effects, formats
from .answers import finish
from .http1 import HttpError
from .rates import RATES, model_name, prompt_tokens, tokens_in
from .tasks import Asked, Simulation
from .wire import SHOWN, Question, Reply


class Model:
    """Answers questions about gold.

    Args:
        profile: exact, gpt-4-turbo or llama-2-70b; what it costs.
        seed: of its errors, and of where its answers break.
    """

    def __init__(self, simulation: Simulation, profile: str, seed: int) -> None:
        self.name = model_name(profile)
        self.profile = profile
        self.seed = seed
        self._simulation = simulation
        self._rate = RATES[profile]

    def __len__(self) -> int:
        """How many items it has gold of."""
        return len(self._simulation)

    @property
    def row(self) -> str:
        """Which errors it makes, see `Simulation.row`."""
        return self._simulation.row

    def asked(self, question: Question) -> Asked:
        """What a question is about.

        Raises:
            HttpError: it is for another model, about texts without gold, or in a form that the task does not have;
                nothing is billed.
        """
        if question.model != self.name:
            raise HttpError(
                404,
                f"there is no model {question.model[:SHOWN]!r} here: this simulator serves {self.name}",
                code="model_not_found",
                param="model",
            )
        asked = self._simulation.asked(question)
        if asked is None:
            raise HttpError(
                400,
                f"the simulator has no gold for this text: {self._simulation.wants} is not in the last user message, "
                f"which ends in {question.user[-SHOWN:]!r}",
                code="no_gold",
                param="messages",
            )
        return asked

    def tokens(self, question: Question) -> int:
        """Tokens of a question's texts."""
        return prompt_tokens(question.texts)

    def reply(self, question: Question, asked: Asked, sample: int, fault: str = "ok", target: int = 0) -> Reply:
        """Answer; the same arguments give the same answer on every machine.

        Whether an answer is broken or cut off goes by its first item, for the whole request is lost then; a scripted
        fault takes the place of that.

        Args:
            fault: of the content; `target` is the item it strikes.
        """
        said = asked.say(sample, fault, target)
        text = formats.written(effects.on_members(fault, said.members, target))
        broken = said.fault if fault == "ok" else ""
        text, stop = finish(text, broken, self.seed, sample, said.key, question.limit)
        return effects.on_reply(fault, Reply(text, stop, self.tokens(question), tokens_in(text)))

    def price(self, reply: Reply) -> int:
        """What a reply costs, in nano-USD."""
        return self._rate.cost(reply.asked, reply.written)
