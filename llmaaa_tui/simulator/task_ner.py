"""Named entities: gold sentences, the measured errors of real models, and sentences of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.document import Record
from . import effects, formats, generate
from .errors_model import Labels, Sentence, answer
from .formats import Item
from .generate import Wanted
from .gold import Gold
from .shown import Shown
from .table import Profile, load, measured_labels, recorded_language
from .tasks import Asked, Said
from .wire import Question


class Entities:
    """Answers about gold sentences, or writes sentences where a request asks for that.

    Args:
        profile: exact, gpt-4-turbo or llama-2-70b.
        seed: of its lasting errors.
    """

    wants = "a sentence of its gold files"

    def __init__(self, gold: Gold, profile: str, seed: int) -> None:
        self._gold = gold
        counts = gold.label_counts()
        self.errors = load(profile, recorded_language(gold.words()))
        self.labels = Labels(counts, measured_labels())
        self.commonest = max(counts, key=lambda label: counts[label], default="MISC")
        self.seed = seed

    def __len__(self) -> int:
        return len(self._gold)

    @property
    def row(self) -> str:
        """A recorded language, "pool", or "none" for exact."""
        return self.errors.language if self.errors else "none"

    def asked(self, question: Question) -> Asked | None:
        """Sentences under their numbers and the form of the answer, or sentences to be written."""
        written = generate.wanted(question)
        if written is not None:
            return _Written(self.errors, self.seed, written)
        items = self._gold.asked_about(question.user)
        if not items:
            return None
        form = formats.asked_for(question.instructions)
        return _Given(self, form, tuple(items[-1:] if form == formats.SPANS else items))


@dataclass(frozen=True, slots=True)
class _Given:
    """Gold sentences that are asked about. An answer is broken or cut off as its first sentence would have it."""

    model: Entities
    form: str
    items: tuple[Shown, ...]

    @property
    def texts(self) -> list[str]:
        return [item.sentence.text for item in self.items]

    @property
    def about(self) -> list[str]:
        return self.texts

    def say(self, sample: int, fault: str, target: int) -> Said:
        model = self.model
        said = [answer(model.errors, model.labels, one.sentence, model.seed, sample) for one in self.items]
        items = [Item.saying(item.number, *item.carry(one.spans)) for item, one in zip(self.items, said, strict=True)]
        items = effects.on_items(fault, items, target, model.commonest)
        return Said(formats.members(self.form, items), self.items[0].sentence.key, said[0].fault)


class _Written:
    """Sentences that are to be written, their names listed with the errors of labelling."""

    texts: Sequence[str] = ()
    about: Sequence[str] = ()

    def __init__(self, errors: Profile | None, seed: int, wanted: Wanted) -> None:
        self._errors = errors
        self._seed = seed
        self._wanted = wanted

    def say(self, sample: int, fault: str, target: int) -> Said:
        labels = Labels(dict.fromkeys((name for name, _ in self._wanted.labels), 1), measured_labels())
        sentences = generate.write(self._wanted, self._seed, sample)
        said = [answer(self._errors, labels, one, self._seed, sample) for one in sentences]
        items = [
            Item.saying(str(number), sentence, found.spans)
            for number, (sentence, found) in enumerate(zip(sentences, said, strict=True), 1)
        ]
        items = effects.on_items(fault, items, target, self._wanted.labels[0][0])
        return Said(generate.said(items), sentences[0].key, said[0].fault)


class Ner:
    """See `SimulatorTask`."""

    def simulate(self, records: Sequence[Record], profile: str, seed: int) -> Entities:
        gold = Gold(Sentence(record.document, record.gold.spans) for record in records if record.gold is not None)
        return Entities(gold, profile, seed)


TASK = Ner()
