"""How messages about Cedar show what somebody wrote, and what else could have been meant."""

from collections.abc import Iterable
from difflib import get_close_matches

MAX_SHOWN = 60
MAX_KNOWN = 2_000
"""More names than this are not searched for a near one: the search takes time in their number."""


def shown(text: str) -> str:
    """`text` on one line, shortened in the middle, with hidden characters made visible."""
    if len(text) > MAX_SHOWN:
        half = (MAX_SHOWN - 1) // 2
        text = f"{text[:half]}…{text[-half:]}"
    return "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text).replace("`", "'")


def code(text: str) -> str:
    """`text` in backticks, fit to be shown."""
    return f"`{shown(text)}`"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` most likely means."""
    names = sorted(set(known))[:MAX_KNOWN]
    if len(name) > 200:
        return None
    close = get_close_matches(name, names, n=1) or _same_letters(name, names)
    return close[0] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The help that asks for the nearest name, if one is near."""
    close = nearest(name, known)
    return f"did you mean {code(close)}?" if close else None


def choose_from(name: str, known: Iterable[str], what: str) -> str | None:
    """The nearest name, or else the names there are."""
    names = sorted(set(known))
    close = did_you_mean(name, names)
    if close or not names:
        return close
    rest = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"{what}: {', '.join(map(code, names[:8]))}{rest}"


def _same_letters(name: str, names: list[str]) -> list[str]:
    """Names that differ only in capitals and underscores, or that end in this one after a namespace."""
    flat = name.lower().replace("_", "").replace("-", "")
    return [
        other
        for other in names
        if other.lower().replace("_", "").replace("-", "") == flat or other.endswith(f"::{name}")
    ]
