"""The simulated model: gold, a profile of errors, and a seed. It knows nothing but the texts it is sent."""

from __future__ import annotations

from dataclasses import dataclass

from . import effects, formats, generate
from .answers import finish
from .errors_model import Labels, answer
from .formats import Item
from .generate import Wanted
from .gold import Gold
from .http1 import HttpError
from .rates import RATES, model_name, prompt_tokens, tokens_in
from .shown import Shown
from .table import load, measured_labels, recorded_language
from .wire import SHOWN, Question, Reply


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks: sentences under their numbers, and the form of the answer; or sentences to be written."""

    form: str
    items: tuple[Shown, ...]
    wanted: Wanted | None = None

    @property
    def texts(self) -> list[str]:
        return [item.sentence.text for item in self.items]


class Model:
    """Answers questions about gold sentences.

    Args:
        profile: exact, gpt-4-turbo or llama-2-70b.
        seed: of its lasting errors.
    """

    def __init__(self, gold: Gold, profile: str, seed: int) -> None:
        self.name = model_name(profile)
        self.profile = profile
        self.seed = seed
        self._gold = gold
        counts = gold.label_counts()
        self._errors = load(profile, recorded_language(gold.words()))
        self._labels = Labels(counts, measured_labels())
        self._commonest = max(counts, key=lambda label: counts[label], default="MISC")
        self._rate = RATES[profile]

    @property
    def row(self) -> str:
        """Which row of the error table it goes by: a recorded language, "pool", or "none" for exact."""
        return self._errors.language if self._errors else "none"

    def asked(self, question: Question) -> Asked:
        """What a question is about.

        Raises:
            HttpError: it is for another model, or about texts without gold; nothing is billed.
        """
        if question.model != self.name:
            raise HttpError(
                404,
                f"there is no model {question.model[:SHOWN]!r} here: this simulator serves {self.name}",
                code="model_not_found",
                param="model",
            )
        written = generate.wanted(question)
        if written is not None:
            return Asked(generate.FORM, (), written)
        items = self._gold.asked_about(question.user)
        if not items:
            raise HttpError(
                400,
                "the simulator has no gold for this text: no sentence of its gold files is in the last user message, "
                f"which ends in {question.user[-SHOWN:]!r}",
                code="no_gold",
                param="messages",
            )
        form = formats.asked_for(question.instructions)
        return Asked(form, tuple(items[-1:] if form == formats.SPANS else items))

    def tokens(self, question: Question) -> int:
        """Tokens of a question's texts."""
        return prompt_tokens(question.texts)

    def reply(self, question: Question, asked: Asked, sample: int, fault: str = "ok", target: int = 0) -> Reply:
        """Answer; the same arguments give the same answer on every machine.

        An answer is broken or cut off as its first sentence would have it, for the whole request is lost then; a
        scripted fault takes the place of that.

        Args:
            fault: of the content; `target` is the item it strikes.
        """
        if asked.wanted is not None:
            return self._write(question, asked.wanted, sample, fault)
        said = [answer(self._errors, self._labels, one.sentence, self.seed, sample) for one in asked.items]
        items = [Item.saying(item.number, *item.carry(one.spans)) for item, one in zip(asked.items, said, strict=True)]
        items = effects.on_items(fault, items, target, self._commonest)
        text = formats.written(effects.on_members(fault, formats.members(asked.form, items), target))
        broken = said[0].fault if fault == "ok" else ""
        text, stop = finish(text, broken, self.seed, sample, asked.items[0].sentence.key, question.limit)
        return effects.on_reply(fault, Reply(text, stop, self.tokens(question), tokens_in(text)))

    def _write(self, question: Question, wanted: Wanted, sample: int, fault: str) -> Reply:
        """Sentences of its own, their names listed with the errors of labelling."""
        labels = Labels(dict.fromkeys((name for name, _ in wanted.labels), 1), measured_labels())
        sentences = generate.write(wanted, self.seed, sample)
        said = [answer(self._errors, labels, one, self.seed, sample) for one in sentences]
        items = [
            Item.saying(str(number), sentence, found.spans)
            for number, (sentence, found) in enumerate(zip(sentences, said, strict=True), 1)
        ]
        items = effects.on_items(fault, items, 0, wanted.labels[0][0])
        text = formats.written(effects.on_members(fault, generate.said(items), 0))
        broken = said[0].fault if fault == "ok" else ""
        text, stop = finish(text, broken, self.seed, sample, sentences[0].key, question.limit)
        return effects.on_reply(fault, Reply(text, stop, self.tokens(question), tokens_in(text)))

    def price(self, reply: Reply) -> int:
        """What a reply costs, in nano-USD."""
        return self._rate.cost(reply.asked, reply.written)
