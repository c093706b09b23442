"""A language small enough for tests: words parted by single blanks, the first of which begins with the effect."""

import re

from bylaw.model.digests import Digest, digest_text
from bylaw.model.effects import Effect

_EFFECT = re.compile(r"(permit|forbid)\b")


def canonical(text: str) -> str:
    """Give the canonical form of `text`."""
    return " ".join(text.split())


def read_tiny(language: str, text: str) -> tuple[Effect, Digest] | None:
    """Read effect and canonical digest, or none for what is not in the tiny language; `language` is not looked at."""
    del language
    form = canonical(text)
    found = _EFFECT.match(form)
    return None if found is None else (Effect(found[1]), digest_text(form))
