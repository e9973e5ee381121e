"""Reasons for a person to look at an answer: texts that give orders, answers that do not keep to the text.

What an injected instruction can do is bounded: a model has no tools here, and every word of an answer that is not in
the text is rejected. What is left (a name kept back, a wrong label) shows in no single answer, so the text itself
is looked at. The patterns ask for an order to a reader of instructions, not for single words.
"""

from __future__ import annotations

import re

from ..core.annotation import ItemAnswer
from ..core.document import Document
from .fold import visible

UNGROUNDED_WORDS = "ungrounded_words"
"""The answer held words that are not in the text."""
UNKNOWN_LABELS = "unknown_labels"
"""The answer names labels that do not exist, beside some that do."""
INSTRUCTIONS = "instructions_in_text"
"""The text tells its reader to ignore, to answer or to label."""
PROMPT_MARKS = "prompt_marks_in_text"
"""The text holds marks of a prompt: roles, chat-template tokens, the tags that fence data or mark a pair."""
HIDDEN_TEXT = "hidden_characters"
"""The text holds characters that spell something nobody sees."""

_BEFORE = r"(?:all |any |the |these |those |your |my )*(?:previous|prior|above|preceding|earlier|foregoing|following)"
_WHAT = r"(?:instructions?|rules?|prompts?|directions?|guidelines?|texts?|messages?|orders?)"
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,20}"
    + _BEFORE
    + r"\b.{0,20}\b"
    + _WHAT
    + r"|\b(?:ignore|disregard|forget|override) (?:all |your |the |these )+(?:instructions|rules|guidelines)\b"
    + r"|(?:^|[.!?:;\n\"'(\[])\s*(?:please |now |you must |instead,? )*(?:answer|respond|reply|output|return|print)"
    + r" (?:only |just )?(?:with|using|as|an? empty|the following|nothing|json|\[)"
    + r"|\b(?:label|tag|classify|annotate|mark) (?:\w+ ){1,4}as (?:an? )?(?-i:[A-Z]{2}|[\"'<])"
    + r"|\byou are (?:now )?(?:an? )?(?:\w+ )?(?:ai|assistant|chatbot|language model)\b"
    + r"|\b(?:new|updated) instructions\b|\bsystem prompt\b"
    # French, Spanish, Portuguese, Italian, German, Dutch
    + r"|\b(?:ignore[zr]?|oublie[zr]?|ignora[r]?|olvida|esque[çc]a|dimentica|ignoriere?n?|vergiss|negeer)\b.{0,30}"
    + r"\b(?:instructions?|consignes|instrucciones|instru[çc][õo]es|istruzioni|anweisungen|instructies)\b"
    # Swahili, Zulu
    + r"|\b(?:puuza|sahau)\b.{0,20}\bmaagizo\b|\bungayinaki\b.{0,20}\bimiyalelo\b"
    # Russian, Chinese, Japanese, Arabic
    + r"|игнорируй\w*.{0,30}инструкци|(?:忽略|无视|無視|忘记).{0,12}(?:指令|指示|说明|說明|提示)"
    + r"|(?:指示|命令).{0,6}無視|تجاهل.{0,20}(?:التعليمات|الأوامر)",
    re.IGNORECASE | re.DOTALL,
)
_MARKS = re.compile(
    r"(?:^|\n|[.!?]\s)\s*(?:system|assistant|user|developer)\s*:\s"
    r"|<\|[a-z_]+\|>|\[/?INST\]|<</?SYS>>|</?(?:system|instructions?|assistant)>|</?t-[0-9a-f]{4,}|</?e[12](?:-\d+)?>"
    r"|^#{2,} ?(?:instruction|system|response)\b",
    re.IGNORECASE | re.MULTILINE,
)
_SPELLING = re.compile("[\U000e0020-\U000e007e]|[\U000e0100-\U000e01ef]{3}|[\u200b\u200c\u200d\u2060]{4}")


def flags(document: Document, answer: ItemAnswer) -> tuple[str, ...]:
    """Why a person should look at this answer: its own flags and those of the text; () for nothing unusual.

    Not judged here: an answer without entities, which takes a student's opinion, and shifts over many answers.
    """
    text = visible(document.text).text
    found = [*answer.flags]
    found += [INSTRUCTIONS] * bool(_ORDERS.search(text))
    found += [PROMPT_MARKS] * bool(_MARKS.search(text))
    found += [HIDDEN_TEXT] * bool(_SPELLING.search(document.text))
    return tuple(dict.fromkeys(found))
