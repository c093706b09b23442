"""The adapter to the Cedar engine for parsing, validating and formatting. (Deciding lives in `bylaw.evaluation`.)

No text reaches the engine before our own parser has accepted it: its bounds keep hostile nesting from killing the process. The
engine's own sentences may hold whole inputs; they are cut and made one line before anybody prints them.
"""

import re
from functools import lru_cache

import cedarpy

MAX_MESSAGE = 300
_SPACE = re.compile(r"\s+")


def format_text(text: str) -> str:
    """One statement in the engine's style, comments kept.

    Raises:
        ValueError: the engine cannot parse it.
    """
    return cedarpy.format_policies(text, line_width=80, indent_width=2)


@lru_cache(maxsize=32)
def engine_schema(text: str) -> cedarpy.Schema:
    """The engine's handle of a schema in canonical text; kept, since every app of a repository may share one."""
    return cedarpy.Schema.from_str(text)


def sentence(message: str) -> str:
    """An engine message, made short and one line."""
    text = _SPACE.sub(" ", message).strip()
    return text if len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE - 1]}…"
