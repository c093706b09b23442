"""Names of policy engines, made of a target's template: `[A-Za-z][A-Za-z0-9_]*`, at most 48 characters."""

import hashlib
import re
from typing import Final

MAX_NAME: Final = 48
NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,47}")
APP: Final = "{app}"
_HASH: Final = 10
_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def engine_name(template: str, app: str) -> str:
    """Name the engine of `app`. Apps never meet in one engine unless the template is without `{app}`.

    App ids hold no `_`, templates and readable names no `__`: what was shortened cannot look like what was not.
    """
    before, slot, after = template.partition(APP)
    if not slot:
        return template
    room = MAX_NAME - len(before) - len(after)
    slug = app.replace("-", "_")
    if len(slug) > room or not (before or slug[0].isalpha()):
        stem = slug if before or slug[0].isalpha() else f"app_{slug}"
        slug = f"{stem[: room - _HASH - 2].rstrip('_')}__{short_hash(app)}"
    return f"{before}{slug}{after}"


def engine_scope(template: str) -> re.Pattern[str]:
    """Match the names of all engines that a template can make; no other engine is looked into."""
    before, slot, after = template.partition(APP)
    return re.compile(f"{before}[A-Za-z0-9_]+{after}" if slot else re.escape(template))


def short_hash(text: str) -> str:
    """Ten characters of base 36, in one case: whether the service tells cases apart is unknown."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    digits = ""
    for _ in range(_HASH):
        number, digit = divmod(number, len(_ALPHABET))
        digits += _ALPHABET[digit]
    return digits
