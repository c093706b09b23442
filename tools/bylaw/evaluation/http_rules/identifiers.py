"""Which segments of a path look like identifiers: they vary between calls to one endpoint, and become `{id}`.

Lengths are in bytes of UTF-8. The heuristic takes some names for identifiers, `send_email` among them.
"""

import re

TEMPLATE = "{id}"

_ALWAYS = re.compile(
    rb"""
    [0-9]+                                  # a number
  | [0-9A-Fa-f]{8,}                         # hexadecimal
  | [^_]{0,6}_.{4,}                         # a token with a prefix: ch_1a2b3c
  | (?=.{5,}\Z)[^@]+@.+                     # an address
  | (?=.{16,}\Z)(?=.*[A-Za-z])(?=.*[0-9]).* # a long token
    """,
    re.VERBOSE | re.DOTALL,
)
_UUID = re.compile(rb"[0-9A-Fa-f-]{36}")


def is_identifier(segment: str) -> bool:
    """Whether a decoded segment looks like an identifier."""
    octets = segment.encode()
    return bool(_ALWAYS.fullmatch(octets)) or bool(_UUID.fullmatch(octets) and octets.count(b"-") == 4)


def templated(segment: str) -> str:
    """The segment, or `{id}` in place of an identifier."""
    return TEMPLATE if is_identifier(segment) else segment
