"""Windows of the day."""

from bylaw.languages.http_rules.model import Window

MINUTE_MS = 60_000
DAY_MINUTES = 1440


def is_outside(window: Window, timestamp_ms: int) -> bool:
    """Whether a moment, in milliseconds since 1970 UTC, lies outside; a window without length has everything outside."""
    minute = (timestamp_ms // MINUTE_MS + window.offset) % DAY_MINUTES
    if window.start <= window.end:
        return not window.start <= minute < window.end
    return window.end <= minute < window.start
