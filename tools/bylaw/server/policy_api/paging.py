"""Page tokens: where a listing was left, bound to that listing. They grant nothing, so they are not signed."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Final

from bylaw.backends.local.records import Place
from bylaw.model.digests import digest_text
from bylaw.server.problems import HttpProblemError

MAX_TOKEN: Final = 2000
_FORM: Final = "1"


def page_token(listing: str, place: Place) -> str:
    """Write where `listing` was left."""
    facts = [_FORM, digest_text(listing)[:16], place.created_at.isoformat(), place.key]
    return urlsafe_b64encode(json.dumps(facts, separators=(",", ":")).encode()).decode().rstrip("=")


def read_token(listing: str, token: str | None) -> Place | None:
    """Read a token of `listing`; anything else is a 400."""
    if token is None:
        return None
    place = _read(listing, token)
    if place is None:
        raise HttpProblemError(400, "Invalid next_token for this listing")
    return place


def _read(listing: str, token: str) -> Place | None:
    if len(token) > MAX_TOKEN or not token.isascii():
        return None
    try:
        facts = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        form, of, created_at, key = facts
        born = datetime.fromisoformat(created_at)
    except (ValueError, TypeError, RecursionError):
        return None
    good = form == _FORM and of == digest_text(listing)[:16] and isinstance(key, str) and born.tzinfo is not None
    if not good or page_token(listing, Place(born, key)) != token or "\0" in key:
        return None
    return Place(born, key)
