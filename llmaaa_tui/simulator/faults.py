"""Everything that can be made to go wrong, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """Where a fault strikes, and with that whether the answer is billed."""

    NONE = "nothing goes wrong"
    REFUSED = "before anything is generated: not billed"
    LOST = "after the answer was generated: billed, and never read whole"
    PROTOCOL = "in what lies around the answer: billed"
    CONTENT = "in what the model says: billed"
    BATCH = "to a batch as a whole"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `means` is its line in the documentation."""

    kind: Kind
    means: str


OK = "ok"
FAULTS: Mapping[str, Fault] = {
    OK: Fault(Kind.NONE, "the answer as it is"),
    "429": Fault(Kind.REFUSED, "too many requests, without a word on when to come again"),
    "429_s": Fault(Kind.REFUSED, "`retry-after: 1`"),
    "429_ms": Fault(Kind.REFUSED, "`retry-after-ms: 20`"),
    "429_date": Fault(Kind.REFUSED, "`retry-after` as an HTTP date, a second or two ahead"),
    "429_130": Fault(Kind.REFUSED, "`retry-after: 130`"),
    "429_huge": Fault(Kind.REFUSED, "`retry-after: 10000000`, 115 days"),
    "quota": Fault(Kind.REFUSED, "no credit: OpenAI 429 `insufficient_quota`, Anthropic 402 with a spend limit"),
    "400": Fault(Kind.REFUSED, "a parameter that this model does not take"),
    "401": Fault(Kind.REFUSED, "the key is wrong; the message quotes it, as providers do"),
    "403": Fault(Kind.REFUSED, "the key may not do this"),
    "404": Fault(Kind.REFUSED, "no such model"),
    "413": Fault(Kind.REFUSED, "the body is too large"),
    "context_length": Fault(Kind.REFUSED, "400: the prompt is longer than the model's context"),
    "500": Fault(Kind.REFUSED, "the server failed"),
    "503": Fault(Kind.REFUSED, "the service is not there"),
    "529": Fault(Kind.REFUSED, "overloaded"),
    "redirect": Fault(Kind.REFUSED, "307 to the script's `redirect_to`, on another port"),
    "reset_before": Fault(Kind.REFUSED, "the connection is reset and nothing was generated"),
    "500_billed": Fault(Kind.LOST, "the server failed after it had generated"),
    "reset_after": Fault(Kind.LOST, "the connection is reset where the answer should come"),
    "hang": Fault(Kind.LOST, "no answer, and the connection stays open"),
    "trickle": Fault(Kind.LOST, "one byte of the body every 50 ms: no single read ever times out"),
    "truncated": Fault(Kind.LOST, "half of the body, then the connection is closed"),
    "chunk_abort": Fault(Kind.LOST, "a body in chunks, whose last never comes"),
    "bad_json": Fault(Kind.LOST, "200 with half a JSON body, complete by its length"),
    "html_200": Fault(Kind.LOST, "200 with a gateway's HTML page"),
    "missing_usage": Fault(Kind.PROTOCOL, "no `usage`"),
    "absurd_usage": Fault(Kind.PROTOCOL, "token counts below zero and in words; billed by the true ones"),
    "usage_over": Fault(Kind.PROTOCOL, "50 times the tokens, more than any hold; billed as it says"),
    "null_choices": Fault(Kind.PROTOCOL, "null where what the model said should be"),
    "gzip": Fault(Kind.PROTOCOL, "the body compressed, asked for or not"),
    "length": Fault(Kind.CONTENT, "cut off half-way, as at the token limit"),
    "refusal": Fault(Kind.CONTENT, "the model refuses to answer"),
    "content_filter": Fault(Kind.CONTENT, "a filter took the answer away (Anthropic: a refusal with a category)"),
    "empty_content": Fault(Kind.CONTENT, "an answer without a word"),
    "prose": Fault(Kind.CONTENT, "the JSON in a code fence, with sentences around it"),
    "duplicate_keys": Fault(Kind.CONTENT, "a key of the answer twice, the second time with nothing"),
    "case_labels": Fault(Kind.CONTENT, "labels in another case"),
    "paraphrase": Fault(Kind.CONTENT, "a span or class in words that are not the text's or the label's"),
    "nfd": Fault(Kind.CONTENT, "spans, or names of classes, in decomposed Unicode (NFD)"),
    "injected": Fault(Kind.CONTENT, "one entity more, of words that stand nowhere in the text; an unknown class"),
    "missing_item": Fault(Kind.CONTENT, "an item is left out"),
    "unknown_item": Fault(Kind.CONTENT, "an item that nobody asked about"),
    "duplicate_item": Fault(Kind.CONTENT, "an item is answered twice, alike"),
    "batch_expired": Fault(Kind.BATCH, "it expires with the first half of its requests done, and these are billed"),
    "batch_partial": Fault(Kind.BATCH, "every second request comes back as an error, unbilled"),
    "batch_failed": Fault(Kind.BATCH, "OpenAI: it fails whole; Anthropic: each of its requests does; unbilled"),
    "batch_unordered": Fault(Kind.BATCH, "results in the reverse order of the requests (they never keep it)"),
}


def kind(name: str) -> Kind:
    """Where a fault strikes."""
    return FAULTS[name].kind
