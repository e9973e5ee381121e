"""Relations and classes: which item a line is about, what is said of it, and what goes wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from simulator_server import SimulatorServer
from support import write_jsonl

from llmaaa_tui.annotators.ground import view_of
from llmaaa_tui.annotators.prompt import Prompt
from llmaaa_tui.annotators.tasks import answer_format
from llmaaa_tui.core.document import Document, Labels, Pair, Record
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.tasks import get
from llmaaa_tui.errors import InputError, SettingsError
from llmaaa_tui.simulator import find as finder
from llmaaa_tui.simulator.classes_errors import ASSUMED, Classed, ClassNames, Errors
from llmaaa_tui.simulator.errors_model import Sentence
from llmaaa_tui.simulator.http1 import HttpError
from llmaaa_tui.simulator.model import Model
from llmaaa_tui.simulator.server import Options, run
from llmaaa_tui.simulator.table import load
from llmaaa_tui.simulator.task_relation import unmarked
from llmaaa_tui.simulator.tasks import of, read_gold
from llmaaa_tui.simulator.wire import Question

RELATIONS = LabelSet.of(("employs(e1,e2)", "employs(e2,e1)", "located_in", "no_relation"), negative="no_relation")
TEXT = "Zoë works for Acme in Oslo ."
ZOE, ACME, OSLO = (0, 3), (14, 18), (22, 26)
PAIRS = {
    (ACME, ZOE): "employs(e1,e2)",
    (ZOE, ACME): "employs(e2,e1)",
    (ACME, OSLO): "located_in",
    (ZOE, OSLO): "no_relation",
}
ONE = "Answer format: choice\nOne JSON object."
MANY = "Answer format: choices\nOne JSON object."


def pair_records(text: str = TEXT, pairs: Mapping[Any, str] = PAIRS) -> list[Record]:
    return [Record(Document(text, pair=Pair(*pair)), Labels(classes=(label,))) for pair, label in pairs.items()]


def text_records(rows: Mapping[str, Sequence[str]]) -> list[Record]:
    return [Record(Document(text), Labels(classes=tuple(classes))) for text, classes in rows.items()]


def model(task: str, records: Sequence[Record], profile: str = "exact", seed: int = 1) -> Model:
    return Model(of(task).simulate(records, profile, seed), profile, seed)


def question(one: Model, user: str, instructions: str = ONE, sample: int = 0) -> Question:
    return Question(one.name, instructions, user, (instructions, user), sample=sample)


def reply(one: Model, user: str, instructions: str = ONE, sample: int = 0, fault: str = "ok", target: int = 0) -> str:
    asked = question(one, user, instructions, sample)
    return one.reply(asked, one.asked(asked), sample, fault, target).text


def said(one: Model, *values: object, instructions: str = ONE, **options: Any) -> Any:
    """What it answers about data lines with these values, numbered from 1."""
    return json.loads(reply(one, lines(*values), instructions, **options))


def lines(*values: object) -> str:
    return "\n".join(f"{number}: {json.dumps(value)}" for number, value in enumerate(values, 1))


def shown(task: str, labels: LabelSet, records: Sequence[Record]) -> tuple[str, str, Any]:
    """The two messages that the annotator sends about these items, and its form of answer."""
    prompt, form = Prompt(task=task, labels=labels), answer_format(task, "", labels)
    return prompt.guidelines(form), prompt.data([form.line(view_of(one.document)) for one in records]), form


ODD = {
    "nested": ("the Bank of Mali opened", {((4, 16), (12, 16)): "located_in", ((12, 16), (4, 16)): "no_relation"}),
    "crossing": ("the Bank of Mali opened", {((4, 11), (9, 16)): "located_in"}),
    "touching": ("Oslo-Bergen", {((0, 4), (4, 11)): "located_in", ((5, 11), (0, 4)): "no_relation"}),
    "marks of its own": ("<e1> Ada </e1> left <e2>Oslo</e2>", {((5, 8), (24, 28)): "located_in"}),
    "unseen": ("A\u200bda \u00adleft\u2028Oslo \ud800 .", {((0, 4), (11, 15)): "located_in"}),
    "untokenised": ("艾达离开了奥斯陆", {((0, 2), (5, 8)): "located_in"}),
    "right to left": ("عادة غادرت أوسلو", {((0, 4), (11, 16)): "located_in"}),
}


@pytest.mark.parametrize(("text", "pairs"), ODD.values(), ids=ODD)
def test_a_pair_is_found_however_the_annotator_shows_it(text: str, pairs: dict[Any, str]) -> None:
    records = [*pair_records(), *pair_records(text, pairs)]
    instructions, user, form = shown("relation", RELATIONS, records)
    answers = json.loads(reply(model("relation", records), user, instructions))
    read = [form.read(answers[str(place)], view_of(one.document), ()).labels for place, one in enumerate(records, 1)]
    assert read == [one.gold for one in records]


def test_pairs_of_one_sentence_are_answered_in_one_request_and_each_under_its_number() -> None:
    one = model("relation", pair_records())
    marked = ["<e2>Zoë</e2> works for <e1>Acme</e1> in Oslo .", "Zoë works for <e1> Acme </e1> in <e2> Oslo </e2>."]
    assert said(one, *marked) == {"1": "employs(e1,e2)", "2": "located_in"}
    assert said(one, marked[1], TEXT, "<e1>Zoë</e1> works", marked[0]) == {"1": "located_in", "4": "employs(e1,e2)"}
    assert reply(one, f"7: {json.dumps(marked[0])}\r\nNothing else.") == '{"7":"employs(e1,e2)"}'


@pytest.mark.parametrize(
    "text", ["Ada left Oslo", "<e1>Ada</e1> left", "<e1>A</e1> <e1>B</e1> <e2>C</e2>", "<e1>Ada <e2>left</e2>"]
)
def test_a_text_without_a_mark_of_each_kind_shows_no_pair(text: str) -> None:
    assert unmarked(text) is None


def test_a_line_that_names_its_marks_is_read_by_them_alone() -> None:
    text = "see <e1>me</e1> and <e2>you</e2> : Ada left Oslo"
    ada, oslo, me, you = ((text.index(word), text.index(word) + len(word)) for word in ("Ada", "Oslo", "me<", "you"))
    records = pair_records(text, {(ada, oslo): "located_in", ((me[0], me[1] - 1), you): "no_relation"})
    line = {"text": text.replace("Ada", "<e1-2>Ada</e1-2>").replace("Oslo", "<e2-2>Oslo</e2-2>")}
    line |= {"e1": "PER: <e1-2>Ada</e1-2>", "e2": "<e2-2>Oslo</e2-2>"}
    assert said(model("relation", records), line) == {"1": "located_in"}
    for damaged in ({**line, "e2": "Oslo"}, {**line, "e2": 3}, {"text": line["text"]}, {"e1": "x"}, ["x"], 3):
        with pytest.raises(HttpError, match="head between <e1> and </e1>"):
            said(model("relation", records), damaged)


TOPICS = {"Who wrote it ?": ["HUM"], "Where is Oslo ?": ["LOC"], "How many are there ?": ["NUM"]}
SUBJECTS = {"the match": ["sport"], "the vote": ["politics", "law"], "the weather": []}


def test_a_text_has_the_class_of_the_gold_and_of_several_all_or_none() -> None:
    one, several = model("classification", text_records(TOPICS)), model("multilabel", text_records(SUBJECTS))
    assert said(one, *TOPICS) == {"1": "HUM", "2": "LOC", "3": "NUM"}
    assert said(several, *SUBJECTS, instructions=MANY) == {"1": ["sport"], "2": ["politics", "law"], "3": []}
    assert reply(one, "Text: Where is Oslo ?\nLabel:", "") == '{"1":"LOC"}'
    for task, labels, rows in (
        ("classification", LabelSet.of(("HUM", "LOC", "NUM")), text_records(TOPICS)),
        ("multilabel", LabelSet.of(("sport", "politics", "law")), text_records(SUBJECTS)),
    ):
        instructions, user, form = shown(task, labels, rows)
        answers = json.loads(reply(model(task, rows), user, instructions))
        read = [form.read(answers[str(place)], view_of(row.document), ()).labels for place, row in enumerate(rows, 1)]
        assert read == [row.gold for row in rows]


def test_a_request_in_the_form_of_another_task_is_refused_and_says_what_to_do() -> None:
    one = model("classification", text_records(TOPICS))
    with pytest.raises(HttpError, match=r"answered as 'choice', not as 'compact': start it with the --task"):
        said(one, *TOPICS, instructions="Answer format: compact")
    with pytest.raises(HttpError, match="answered as 'choices', not as 'choice'"):
        said(model("multilabel", text_records(SUBJECTS)), *SUBJECTS)
    with pytest.raises(HttpError, match="a text of its gold files is not in the last user message"):
        said(one, "nobody knows this")


def corpus(task: str, count: int = 900) -> list[Record]:
    """Items of three positive labels in unlike numbers and the negative one; of several labels one or two each."""
    names = ["employs(e1,e2)"] * 3 + ["employs(e2,e1)"] * 2 + ["located_in"] + ["no_relation"] * 3
    records = []
    for index in range(count):
        text = f"Name{index} and Place{index} are words {'and words ' * (index % 20)}."
        classes = (names[index % 9],)
        if get(task).pairs:
            length = len(str(index))
            document = Document(text, pair=Pair((0, 4 + length), (9 + length, 14 + 2 * length)))
        else:
            document = Document(text)
        records.append(Record(document, Labels(classes=classes)))
    return records


def classed(records: Sequence[Record]) -> list[Classed]:
    return [Classed(Sentence(row.document, ()), row.gold.classes) for row in records if row.gold is not None]


def errors(profile: str = "gpt-4-turbo") -> Errors:
    recorded = load(profile)
    assert recorded is not None
    return Errors(ASSUMED[profile], recorded)


COUNTS = {"employs(e1,e2)": 300, "employs(e2,e1)": 200, "located_in": 100, "no_relation": 300}
NAMES = ClassNames(COUNTS, "no_relation")


@pytest.mark.parametrize("profile", sorted(ASSUMED))
def test_errors_come_at_the_assumed_rates_and_go_where_they_are_assumed_to_go(profile: str) -> None:
    mine, assumed = errors(profile), ASSUMED[profile]
    answers: dict[str, Counter[str]] = {name: Counter() for name in COUNTS}
    for item in classed(corpus("relation", 4500)):
        answers[item.classes[0]][mine.one(NAMES, item, 1, 0)] += 1
    # Repeats differ now and then: the wrong ones come out right in some, the right ones wrong.
    first = answers["employs(e1,e2)"]
    assert first["employs(e1,e2)"] / first.total() == pytest.approx(assumed.right, abs=0.05)
    wrong = first.total() - first["employs(e1,e2)"]
    assert first["no_relation"] / wrong == pytest.approx(assumed.to_negative, abs=0.08)
    assert first["employs(e2,e1)"] > 2 * first["located_in"], "the same relation the other way round"
    none = answers["no_relation"]
    assert none["no_relation"] / none.total() == pytest.approx(assumed.negative, abs=0.05)
    assert none["employs(e1,e2)"] > none["employs(e2,e1)"] > none["located_in"] > 0, "the frequent ones more often"


def test_several_labels_are_kept_and_added_at_the_assumed_rates() -> None:
    mine, assumed = errors(), ASSUMED["gpt-4-turbo"]
    items = classed(corpus("multilabel", 1800))
    kept = added = 0
    for item in items:
        found = mine.several(NAMES, item, 1, 0)
        assert found == [name for name in COUNTS if name in found]
        kept += item.classes[0] in found
        added += len(set(found) - set(item.classes))
    assert kept / len(items) == pytest.approx(assumed.kept, abs=0.05)
    share = sum(1 - COUNTS[item.classes[0]] / 900 for item in items) / len(items)
    assert added / len(items) == pytest.approx(assumed.added * share, abs=0.03)


@pytest.mark.parametrize("task", ["relation", "multilabel"])
def test_errors_outlast_the_sample_and_another_seed_has_others(task: str) -> None:
    mine, items = errors(), classed(corpus(task, 600))

    def answers(seed: int, sample: int) -> list[Any]:
        if get(task).shape == "one":
            return [mine.one(NAMES, item, seed, sample) for item in items]
        return [tuple(mine.several(NAMES, item, seed, sample)) for item in items]

    gold = [item.classes[0] if get(task).shape == "one" else item.classes for item in items]
    first, second, other = answers(1, 0), answers(1, 1), answers(2, 0)
    assert answers(1, 0) == first
    wrong = [place for place, (answer, true) in enumerate(zip(first, gold, strict=True)) if answer != true]
    again = sum(first[place] == second[place] for place in wrong) / len(wrong)
    assert 0.6 < again < 1, "asked again it mostly makes the same mistake"
    assert sum(first[place] == other[place] for place in wrong) / len(wrong) < 0.5


def test_pairs_of_one_sentence_err_each_on_its_own() -> None:
    text = " ".join(f"name{index:02}" for index in range(40))
    pairs = {((7 * a, 7 * a + 6), (7 * b, 7 * b + 6)): "located_in" for a in range(40) for b in range(40) if a != b}
    one = model("relation", pair_records(text, {**pairs, ((0, 1), (2, 3)): "no_relation"}), "gpt-4-turbo")
    assert one.row == "assumed"
    values = []
    for (head, tail), _ in list(pairs.items())[:300]:
        signs = {head[0]: "<e1>", head[1]: "</e1>", tail[0]: "<e2>", tail[1]: "</e2>"}
        values.append("".join(signs.get(place, "") + text[place : place + 1] for place in range(len(text) + 1)))
    for start in range(0, 300, 50):
        try:
            found = Counter(said(one, *values[start : start + 50]).values())
        except json.JSONDecodeError:
            continue
        assert 25 < found["located_in"] < 50
        assert found["no_relation"] > 0


def test_answers_break_and_are_cut_off_as_the_recordings_have_it() -> None:
    records = corpus("relation", 400)
    broken = Counter[str]()
    for profile in ASSUMED:
        one = model("relation", records, profile)
        _, user, _ = shown("relation", RELATIONS, records)
        for line in user.splitlines()[1:-1]:
            asked = question(one, line)
            answer = one.reply(asked, one.asked(asked), 0)
            try:
                json.loads(answer.text)
            except ValueError:
                broken[profile] += 1
                continue
            assert answer.stop == "stop"
    assert 0 < broken["gpt-4-turbo"] < broken["llama-2-70b"] < 100


MARKED = "Zoë works for <e1>Acme</e1> in <e2>Oslo</e2> ."
STRUCK = {
    "missing_item": '{"2":["law"]}',
    "unknown_item": '{"1":["politics"],"2":["law"],"9999":["politics"]}',
    "duplicate_item": '{"1":["politics"],"2":["law"],"1":["politics"]}',
    "duplicate_keys": '{"1":["politics"],"2":["law"],"1":[]}',
    "case_labels": '{"1":["POLITICS"],"2":["LAW"]}',
    "paraphrase": '{"1":["the famous politics"],"2":["law"]}',
    "injected": '{"1":["PWNED by the annotator","politics"],"2":["law"]}',
    "refusal": "I'm sorry, but I can't help with that.",
    "empty_content": "",
}


@pytest.mark.parametrize("fault", STRUCK)
def test_faults_of_the_content_strike_classes_as_they_strike_entities(fault: str) -> None:
    rows = text_records({"the vote": ["politics"], "the court": ["law"]})
    user = lines("the vote", "the court")
    assert reply(model("multilabel", rows), user, MANY, fault=fault) == STRUCK[fault]
    single = STRUCK[fault].replace('"PWNED by the annotator","politics"', '"PWNED by the annotator"')
    single = single.replace("[]", '""').replace("[", "").replace("]", "")
    assert reply(model("classification", rows), user, ONE, fault=fault) == single


def test_a_name_is_decomposed_and_an_answer_cut_or_wrapped() -> None:
    rows = text_records({"le vote": ["société"]})
    one = model("classification", rows)
    assert reply(one, lines("le vote"), fault="nfd") == '{"1":"socie\u0301te\u0301"}'
    assert "```json\n" in reply(one, lines("le vote"), fault="prose")
    assert reply(one, lines("le vote"), fault="length") == '{"1":"so'


def chat(server: SimulatorServer, user: str, **body: Any) -> str:
    messages: Any = [{"role": "system", "content": ONE}, {"role": "user", "content": user}]
    with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0, timeout=5) as client:
        return str(
            client.chat.completions.create(model=server.model, messages=messages, **body).choices[0].message.content
        )


def rows(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Pairs as a file of the project has them."""
    found = []
    for one in records:
        assert one.document.pair is not None
        assert one.gold is not None
        (start, end), (first, last) = one.document.pair.head, one.document.pair.tail
        parts = {"head": {"start": start, "end": end}, "tail": {"start": first, "end": last}}
        found.append({"text": one.document.text, **parts, "label": one.gold.classes[0]})
    return found


def test_it_serves_relations_over_http_with_faults_on_one_pair_and_in_batches() -> None:
    with SimulatorServer(rows(pair_records()), task="relation") as server:
        assert chat(server, lines(MARKED)) == '{"1":"located_in"}'
        with anthropic.Anthropic(base_url=server.anthropic_url, api_key="none", max_retries=0, timeout=5) as client:
            asked: Any = [{"role": "user", "content": lines(MARKED)}]
            answer = client.messages.create(model=server.model, max_tokens=99, system=ONE, messages=asked)
            assert [block.text for block in answer.content if block.type == "text"] == ['{"1":"located_in"}']
            server.script({"items": {"<e1>Acme</e1> in": "missing_item", "<e1>Zoë</e1>": "case_labels"}})
            other = MARKED.replace("<e1>Acme</e1>", "Acme").replace("Zoë", "<e1>Zoë</e1>")
            assert chat(server, lines(other, MARKED)) == '{"1":"no_relation"}'
            assert chat(server, lines(other)) == '{"1":"NO_RELATION"}'
            server.script([])
            params: Any = {"model": server.model, "max_tokens": 99, "system": ONE, "messages": asked}
            batch = client.messages.batches.create(requests=[{"custom_id": "one", "params": params}])
            while client.messages.batches.retrieve(batch.id).processing_status != "ended":
                pass
            [result] = client.messages.batches.results(batch.id)
            assert result.result.type == "succeeded"
            assert [block.text for block in result.result.message.content if block.type == "text"] == [
                '{"1":"located_in"}'
            ]
        assert server.bill()["batch_requests"] == 1
        before = server.bill()["requests"]
        with pytest.raises(openai.BadRequestError, match="no gold for this text"):
            chat(server, lines(TEXT))
        assert server.bill()["requests"] == before


def test_samples_of_one_body_differ_now_and_then() -> None:
    one = model("relation", corpus("relation", 60), "llama-2-70b")
    _, user, _ = shown("relation", RELATIONS, corpus("relation", 60))
    asked = user.splitlines()[1:-1]
    seen = [{reply(one, line, sample=sample) for sample in range(4)} for line in asked]
    assert 0 < sum(len(answers) > 1 for answers in seen) < len(asked) / 2
    assert [reply(one, line, sample=3) for line in asked] == [reply(one, line, sample=3) for line in asked]


def test_a_simulator_of_another_task_makes_way(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    topics = [{"text": text, "label": classes[0]} for text, classes in TOPICS.items()]
    gold = write_jsonl(tmp_path / "gold.jsonl", topics)
    try:
        first = finder.ensure([gold], state, "exact", 1, task="classification")
        assert finder.ensure([gold], state, "exact", 1, task="classification") == first
        finder.ensure([gold], state, "exact", 1, task="multilabel")
        body = {"model": "simulated-exact", "messages": [{"role": "user", "content": lines(*TOPICS)}]}
        address = finder.find(state)
        assert address is not None
        with openai.OpenAI(base_url=address, api_key="none", max_retries=0, timeout=5) as client:
            answer: Any = client.chat.completions.create(**body)  # type: ignore[call-overload]
        assert json.loads(answer.choices[0].message.content) == {"1": ["HUM"], "2": ["LOC"], "3": ["NUM"]}
    finally:
        finder.stop(state)


def test_what_cannot_be_served_is_said_in_one_sentence(tmp_path: Path) -> None:
    gold = write_jsonl(tmp_path / "gold.jsonl", [{"text": "Who ?"}])
    with pytest.raises(SettingsError, match="--task: there is no task 'parsing'; choose ner, relation"):
        run(Options([tmp_path / "no such file"], task="parsing"))
    with pytest.raises(InputError, match="no text has gold labels of task classification; give a file"):
        read_gold("classification", [gold])


def test_the_page_states_the_assumed_rates() -> None:
    page = (Path(__file__).parents[2] / "docs" / "SIMULATOR.md").read_text(encoding="utf-8")
    for profile, assumed in ASSUMED.items():
        rates = (f"{rate:.2f}".removeprefix("0") for rate in astuple(assumed))
        assert f"| `{profile}` | {' | '.join(rates)} |" in page, profile
