"""Sentences of the engine, made fit to print.

The engine's messages can hold the whole input (every entity, the whole context). What leaves this module is one short line that
names what is wrong and never echoes a document.
"""

import re

MAX_LENGTH = 240

_CONTEXT = re.compile(r"(?i)context `\{.*\}`(?= is not valid)", re.DOTALL)
_ESCAPED = re.compile(r": \{\s.*\}(?=, errors?:)", re.DOTALL)
_PREFIXES = ("failed to build request: ", "while parsing context, ", "error during entity deserialization: ")
_POLICY = re.compile(r"error while evaluating policy `(?P<name>(?:policy|L)[0-9]+)`: (?P<message>.*)", re.DOTALL)


def sanitised(message: str) -> str:
    """`message` without echoed documents, control characters and excess."""
    text = _ESCAPED.sub("", _CONTEXT.sub("the context", message))
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH // 2]} … {text[-MAX_LENGTH // 2 :]}"


def split_policy_error(message: str) -> tuple[str, str] | None:
    """The engine's name of the policy that errored, and what it says; none where the sentence is of another form."""
    found = _POLICY.fullmatch(message)
    return (found["name"], sanitised(found["message"])) if found else None
