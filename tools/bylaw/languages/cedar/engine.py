"""The adapter to the Cedar engine for parsing and formatting. (Validating lives in `validate`, deciding in `bylaw.evaluation`.)

No text reaches the engine before our own parser has accepted it: its bounds keep hostile nesting from killing the process. The
engine's own sentences may hold whole inputs; they are cut and made one line before anybody prints them.
"""

import json
import re
from functools import lru_cache
from typing import Any

import cedarpy

from bylaw.languages.cedar.lexer import tokenize
from bylaw.languages.cedar.limits import MAX_DEPTH, first_too_deep
from bylaw.languages.cedar.parser import parse_statements
from bylaw.model.errors import InternalError

MAX_MESSAGE = 300
_SPACE = re.compile(r"\s+")


def format_text(text: str) -> str:
    """One statement in the engine's style, comments kept.

    Raises:
        InternalError: the engine cannot parse it, or our parser was not asked before.
    """
    _guard(text)
    try:
        return cedarpy.format_policies(text, line_width=80, indent_width=2)
    except ValueError as error:
        raise InternalError(f"the engine cannot format this policy: {sentence(str(error))}") from error


def tree(text: str) -> dict[str, Any]:
    """The engine's own tree of any number of statements (its JSON policy format), to hold ours against.

    Raises:
        InternalError: the engine cannot parse it, or our parser was not asked before.
    """
    _guard(text)
    try:
        found: dict[str, Any] = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as error:
        raise InternalError(f"the engine cannot read this policy: {sentence(str(error))}") from error
    return found


@lru_cache(maxsize=32)
def engine_schema(text: str) -> cedarpy.Schema:
    """The engine's handle of a schema in canonical text; kept, since every app of a repository may share one."""
    return cedarpy.Schema.from_str(text)


def sentence(message: str) -> str:
    """An engine message, made short and one line."""
    text = _SPACE.sub(" ", message).strip()
    return text if len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE - 1]}…"


def _guard(text: str) -> None:
    """Keep from the engine what could kill it, should a caller have forgotten our parser."""
    texts = tokenize(text).texts
    # A tree has no more levels than its text has tokens: nearly every statement is known to be harmless without a second parse.
    if first_too_deep(texts) is None and (len(texts) <= MAX_DEPTH or not parse_statements(text, "engine").diagnostics):
        return
    raise InternalError("a text for the engine that our parser refuses")
