"""
Text that gives orders to whoever answers: told apart, and never followed. Pure.

Nothing here obeys anything, so an order can do no more than be quoted, or be searched for. In a
source such a sentence is no evidence; in a question it is set aside, shown, and not searched.
Clinical imperatives ("ignore the previous dose", "tell patients to ...") are not orders of this
kind: what is ordered must be about the answer itself, or a task that has nothing of medicine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from service.screening import is_medical

_RULES = r"(?:instructions?|prompts?|directions|directives|commands?|rules|constraints|messages)"
_MACHINE = re.compile(
    # "Ignore all previous instructions", but not the instructions of a label or a pharmacist.
    rf"\b(?:ignore|disregard|forget|override|bypass|discard)\b[^.!?]{{0,25}}\b(?:previous|prior"
    rf"|above|earlier|preceding|foregoing|existing|original|system|all|any|your|safety)\b"
    rf"[^.!?]{{0,20}}\b{_RULES}\b(?! (?:from|of|on|in|by|for|about|given)\b)"
    rf"|\b(?:ignore|disregard|forget) (?:the |these |those )?{_RULES} (?:above|before|so far)\b"
    r"|\b(?:ignore|disregard|forget) (?:everything|anything|all|what)\b[^.!?]{0,20}"
    r"\b(?:above|before|told|said|so far)\b"
    rf"|\b(?:reveal|print|show|repeat|output|leak|display|tell me)\b[^.!?]{{0,30}}"
    rf"\b(?:your|system|hidden|initial|secret)\b[^.!?]{{0,12}}\b{_RULES}"
    r"|\bsystem prompt\b|\bdeveloper mode\b|\bjailbr\w+|\bprompt injection\b"
    r"|\byou are now (?:an?|in|the|free|my|[A-Z])|\bfrom now on,? you\b|\bas an? (?:AI|LLM)\b"
    r"|\b(?:act|behave|respond|answer|pretend|roleplay) as (?:if you|though you|an? (?:\w+ )?"
    r"(?:AI|assistant|chatbot|model|bot|DAN))\b|\bpretend (?:to be|you are|that you)\b"
    r"|(?:^|\n)\W*(?:system|assistant|developer)\s*[:>\]]|\[/?INST\]|<\|?im_(?:start|end)|<</?SYS>>"
    r"|\bnew (?:system )?instructions?\s*:|\b(?:AI|language) (?:assistants?|models?)\b[^.!?]{0,30}"
    r"\b(?:must|should|shall|please)\b"
    r"|\b(?:omit|drop|hide|leave out|remove|skip)\b[^.!?]{0,20}\b(?:disclaimers?|citations?"
    r"|references|sources|boxed warnings?)\b[^.!?]{0,40}\b(?:answer|reply|response|output)\b"
    r"|\bwithout (?:any )?(?:citations?|(?:a |the )?disclaimers?)\b",
    re.IGNORECASE,
)
_ANSWER = r"(?:your|the|this) (?:next |own |final |whole )?(?:answer|reply|response|output|message)"
_ABOUT_THE_ANSWER = re.compile(
    r"^\W*(?:please |also |then |now |instead |and |but |you (?:must|should|will) )*"
    r"(?:add|append|include|insert|integrate|introduce|modify|augment|enhance|end|begin|start"
    r"|finish|provide|render|convert|translate|rewrite|rephrase|replace|substitute|misspell|use"
    r"|write|scramble|jumble|rearrange|anagram|remove|group|combine|give|format|make|mention"
    r"|encode|reverse|capitali[sz]e)\b(?!-)[^?]*"
    rf"\b{_ANSWER}\b(?! to (?:treatment|therapy|the drug))"
    rf"|^\W*(?:please |also |then |now |and |but )*in {_ANSWER}\W+(?:suggest|tease|include|mention"
    r"|write|say|state|claim|add|tell|recommend|use|give|put)\b"
    r"|^\W*(?:please |also |then |now |and |but )*(?:just |only |simply )?(?:say|reply|respond"
    r"|output|claim|print|state) (?:that|with|only|exactly|just|hello|yes|no|[\"“'])",
    re.IGNORECASE,
)
_LEAD = r"^\W*(?:please |also |then |now |and )*(?:can you |could you )?"
_QUESTION = re.compile(r"\?\W*$")
_TASK = re.compile(
    rf"{_LEAD}(?:explain|describe|compose|translate|break down"
    r"|(?:draft|write|provide|develop) (?:me |an?|the|about))\b"
    r"|^\W*(?:replace|use|substitute|scramble|rearrange|combine|group|misspell|jumble|convert)\b"
    r"[^.!?]*\b(?:letters?|vowels?|words?|anagrams?|spaces)\b",
    re.IGNORECASE,
)
# Sources say "tell", "give" and "show" to clinicians; only in a question are these tasks for us.
_REQUEST = re.compile(
    rf"{_LEAD}(?:show|tell|give|list|generate|create|recite|sing|play|calculate|summari[sz]e|say"
    r"|use|replace)\b",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?]+(?=\s)|[.!?]+[\"”'’)\]]+(?=\s+[^a-z\s])|\n+")
_MARKUP = re.compile(r"!?\[[^\]]*\]\([^)]*\)|</?[a-z][^>]*>", re.IGNORECASE)
_TOKENS = re.compile(r"\[/?INST\]|<\|?/?im_\w+\|?>|<</?SYS>>", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]{3,}")
_FEWEST = 2
"""Words that a clause has at least."""
_JOINT = re.compile(r"(?:[,;:–—-]|\b(?:and|then|but|also))\s+(?:then\s+|please\s+)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heeded:
    """A question without its orders: what is searched, and the words that were set aside."""

    text: str
    aside: tuple[str, ...] = ()


def is_order(text: str) -> bool:
    """Tell whether a sentence orders about the answer or the one who answers."""
    plain = _MARKUP.sub(" ", text)
    return _MACHINE.search(text) is not None or _ABOUT_THE_ANSWER.search(plain) is not None


def is_question(text: str) -> bool:
    """Tell whether a sentence ends as a question does."""
    return _QUESTION.search(text) is not None


def is_no_evidence(text: str) -> bool:
    """Tell a sentence of a source that states nothing: an order, a question, a task."""
    if is_order(text) or is_question(text):
        return True
    return _TASK.search(text) is not None and not is_medical(text)


def heed(question: str, is_about_medicine: Callable[[str], bool]) -> Heeded:
    """
    Return *question* without orders, and without tasks that are not about medicine.

    The question is left as it is where nothing about medicine would remain: then it is judged
    whole. *is_about_medicine* tells of a part of it.
    """
    sentences = _sentences(_TOKENS.sub(" ", question))
    if len(sentences) <= 1 and not is_order(question):
        return Heeded(question)
    kept: list[str] = []
    aside: list[str] = []
    for sentence in sentences:
        if is_order(sentence):
            told, dropped = _clauses(sentence, is_about_medicine)
            kept += [told] if told else []
            aside.append(dropped)
        elif is_request(sentence) and not is_about_medicine(sentence):
            aside.append(sentence.strip())
        else:
            kept.append(sentence)
    text = "".join(kept).strip()
    if not aside or not is_about_medicine(text):
        return Heeded(question)
    return Heeded(text, tuple(aside))


def _sentences(question: str) -> list[str]:
    """Cut a question into sentences and lines, so that they join up to it again."""
    ends = [0, *(match.end() for match in _END.finditer(question)), len(question)]
    parts = (question[start:end] for start, end in pairwise(ends))
    return [part for part in parts if part.strip()]


def is_request(text: str) -> bool:
    """Tell whether a sentence asks for something, of medicine or not."""
    return is_question(text) or any(pattern.search(text) for pattern in (_TASK, _REQUEST))


def _clauses(sentence: str, is_about_medicine: Callable[[str], bool]) -> tuple[str, str]:
    """Return the part of a sentence with an order that asks about medicine, and the rest."""
    for joint in _JOINT.finditer(sentence):
        before, after = sentence[: joint.start()], sentence[joint.end() :]
        if len(_WORD.findall(after)) < _FEWEST:
            continue
        if is_order(before) and not is_order(after) and is_about_medicine(after):
            return after, before.strip()
        if is_order(after) and not is_order(before) and is_about_medicine(before):
            return before, after.strip()
    return "", sentence.strip()
