"""SHA-256 over canonical bytes."""

import hashlib
import json
from typing import NewType

Digest = NewType("Digest", str)
"""64 lower-case hex digits."""

SHORT = 12
"""How many hex digits people and marks get to see."""


def digest_bytes(data: bytes) -> Digest:
    """The digest of `data`."""
    return Digest(hashlib.sha256(data).hexdigest())


def digest_text(text: str) -> Digest:
    """The digest of `text` in UTF-8."""
    return digest_bytes(text.encode())


def canonical_json(value: object) -> str:
    """JSON with sorted keys, no insignificant blanks and no escapes beyond the required (close to RFC 8785; no floats are used)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_json(value: object) -> Digest:
    """The digest of the canonical JSON of `value`."""
    return digest_text(canonical_json(value))
