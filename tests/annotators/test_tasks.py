"""A task is an object by its name: what it asks, how it is answered, and who reads an answer years later."""

from __future__ import annotations

import json
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from llmaaa_tui.annotators.contracts import Bundle, PlanItem, RawAnswer
from llmaaa_tui.annotators.formats_readers import reader_for
from llmaaa_tui.annotators.generation_writer import SentenceWriter
from llmaaa_tui.annotators.ground import view_of
from llmaaa_tui.annotators.llm import LlmAnnotator
from llmaaa_tui.annotators.prompt import Prompt
from llmaaa_tui.annotators.tasks import AnnotatorTask, answer_format, of
from llmaaa_tui.annotators.traits import traits
from llmaaa_tui.core import tasks
from llmaaa_tui.core.document import Document, Span
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.errors import SettingsError
from llmaaa_tui.simulator import formats
from llmaaa_tui.simulator.errors_model import Sentence

LABELS = LabelSet.of(("glad", "sad"))


def annotator(task: str, labels: LabelSet = LABELS) -> LlmAnnotator:
    return LlmAnnotator("a", "openai", "o", "gpt-4o", Prompt(task, labels), traits("openai", "gpt-4o"), {})


@pytest.mark.parametrize("name", tasks.TASKS)
def test_every_form_of_every_task_has_a_prompt_and_a_reader_of_its_own_name(name: str) -> None:
    task = of(name)
    assert task.default in task.forms
    for setting in task.forms:
        form = answer_format(name, setting, LABELS)
        reader = f"{name}/{form.name}.{form.version}"
        assert reader_for(reader, LABELS).parser == f"{reader} parser {form.parser}"
        guidelines = Prompt(name, LABELS).guidelines(form)
        assert f"\nAnswer format: {form.name}\n" in guidelines
        assert list(json.loads(guidelines.splitlines()[-1])) == ["1", "2"]
    assert annotator(name).reader == f"{name}/{answer_format(name, '', LABELS).name}.{form.version}"


@pytest.mark.parametrize("setting", of("ner").forms)
def test_the_simulator_answers_in_every_form_of_entities(setting: str) -> None:
    form = answer_format("ner", setting, LABELS)
    document = Document("Glad Sad", ((0, 4), (5, 8)))
    mentions = tuple(formats.Mention(a, b, name, document.text[a:b]) for a, b, name in ((0, 8, "sad"), (0, 4, "glad")))
    item = formats.Item("1", Sentence(document, ()), mentions)
    [(_, said)] = formats.members(formats.asked_for(Prompt("ner", LABELS).guidelines(form)), [item])
    answer = form.read(said, view_of(document), ())
    found = [Span(0, 4, "glad"), Span(0, 8, "sad")] if setting == "nested" else [Span(0, 8, "sad")]
    assert [one.span for one in answer.spans] == found


def test_readers_keep_their_names() -> None:
    names = {
        "ner": ["ner/compact.v2", "ner/inline.v2", "ner/token_tags.v2", "ner/nested.v2"],
        "relation": ["relation/choice.v1"],
        "classification": ["classification/choice.v1"],
        "multilabel": ["multilabel/choices.v1"],
    }
    for task, readers in names.items():
        forms = (answer_format(task, setting, LABELS) for setting in of(task).forms)
        assert [f"{task}/{form.name}.{form.version}" for form in forms] == readers
    assert reader_for("", LABELS).parser == reader_for("ner/spans.v1", LABELS).parser


@pytest.mark.parametrize("reader", ["relation/choice.v9", "relation/compact.v2", "poems/choice.v1", "choice.v1", "/"])
def test_an_unknown_reader_is_named(reader: str) -> None:
    with pytest.raises(SettingsError, match="no reader"):
        reader_for(reader, LABELS)


def test_an_unknown_task_or_form_is_refused_with_a_choice() -> None:
    with pytest.raises(SettingsError, match=r"project\.task: .*'poems'.*multilabel"):
        of("poems")
    with pytest.raises(
        SettingsError, match=r"annotator\.format: task multilabel has no format 'spans'; choose choices"
    ):
        answer_format("multilabel", "spans", LABELS)


@pytest.mark.parametrize("name", [name for name in tasks.TASKS if name != "ner"])
def test_training_texts_are_written_for_entities_alone(name: str) -> None:
    with pytest.raises(SettingsError, match=f"writes no training texts .* for task {name}"):
        SentenceWriter("openai", "o", "gpt-4o", Prompt(name, LABELS), traits("openai", "gpt-4o"), {})


def test_several_labels_a_text_are_asked_for_and_read() -> None:
    labels = LabelSet.of(("体育", "健康"), {"健康": "卫生"})
    who = annotator("multilabel", labels)
    documents = {1: Document("篮球 \u2028 赛"), 2: Document("医院"), 3: Document("天气")}
    [request] = who.plan([Bundle(tuple(PlanItem(*one) for one in documents.items()))])
    system, user = (message["content"] for message in request.body["messages"])
    assert "- 体育\n- 健康: 卫生\n" in system
    assert user.splitlines()[1:-1] == ['1: "篮球 \\u2028 赛"', '2: "医院"', '3: "天气"']
    said = json.dumps({"1": ["体育"], "2": ["卫生", "体育"], "3": []})
    raw = json.dumps({"choices": [{"message": {"content": said}, "finish_reason": "stop"}]})
    answers = who.read(RawAnswer(200, {}, raw.encode(), 0.0), request, documents)
    assert [answers[item].labels.classes for item in documents] == [("体育",), ("体育", "健康"), ()]


# ---- a task from outside


@pytest.fixture
def _mood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A package whose task has templates and names of its own, and our way to answer."""
    for part, text in {
        "system": "Name the mood.\n$about$labels\n$guidance$format",
        "example": "1: $text\n$answer",
        "user": "<$tag>\n$lines\n</$tag>",
        "choice": 'Answer format: choice\n{"1":"$label","2":"$label"}',
    }.items():
        (tmp_path / f"{part}.v3.md").write_text(text, "utf-8")
    module: Any = ModuleType("mood_task")
    module.ASKED = AnnotatorTask(str(tmp_path), "v3", of("classification").forms, "choice")
    rooms = {**tasks.CLASSIFICATION.rooms, "annotators": "mood_task:ASKED"}
    module.MOOD = tasks.Task("mood", "moods", tasks.Shape.ONE, "poem", "poems", rooms)
    monkeypatch.setitem(sys.modules, "mood_task", module)
    point = EntryPoint("mood", "mood_task:MOOD", tasks.GROUP)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [point] if group == tasks.GROUP else [])
    tasks.get.cache_clear()


@pytest.mark.usefixtures("_mood")
def test_a_task_of_another_package_is_asked_and_read_under_its_own_name() -> None:
    who = annotator("mood")
    [request] = who.plan([Bundle((PlanItem(4, Document("O frabjous day")),))])
    assert request.reader == "mood/choice.v1"
    assert request.body["messages"][0]["content"].startswith("Name the mood.\n- glad\n- sad\n")
    raw = json.dumps({"choices": [{"message": {"content": '{"1":"Glad"}'}, "finish_reason": "stop"}]}).encode()
    answer = who.read(RawAnswer(200, {}, raw, 0.0), request, {4: Document("O frabjous day")})[4]
    assert answer.labels.classes == ("glad",)
