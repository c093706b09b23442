"""How user input stands in a message: in backticks, on one line, shortened in the middle, control characters visible."""

from collections.abc import Sequence

LIMIT = 60


def code(text: str, limit: int = LIMIT) -> str:
    """`text` as it may be shown."""
    flat = " ".join(text.split())
    visible = "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in flat).replace("`", "'")
    if len(visible) > limit:
        half = (limit - 1) // 2
        visible = f"{visible[:half]}…{visible[-half:]}"
    return f"`{visible}`"


def listed(names: Sequence[str], joiner: str = "and", limit: int = 5) -> str:
    """`a`, `b` and `c`; the rest as a number."""
    shown = [code(name) for name in names[:limit]]
    if len(names) > limit:
        shown.append(f"{len(names) - limit} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {joiner} {shown[-1]}"
