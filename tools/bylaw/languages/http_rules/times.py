"""Times of day as text: `HH:MM-HH:MM` windows, and the zones that the format knows."""

import re

from bylaw.languages.http_rules.model import Window

_RANGE = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_ZONE = re.compile(r"([+-])(\d\d):(\d\d)", re.ASCII)
MAX_OFFSET = 14 * 60
"""Minutes; no place on earth is further from UTC."""


def range_of(text: str) -> tuple[int, int] | None:
    """Start and end in minutes since midnight; none where it is no range. 24:00 may be the end; the two differ."""
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    start_hour, start_minute, end_hour, end_minute = map(int, found.groups())
    start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
    valid = start_hour <= 23 and start_minute <= 59 and end_minute <= 59 and end <= 24 * 60
    return (start, end) if valid and start != end else None


def offset_of(text: str | None) -> int | None:
    """The offset of a zone from UTC in minutes; none where it is no zone of the format."""
    if text is None or text in {"UTC", "utc"}:
        return 0
    found = _ZONE.fullmatch(text)
    if found is None or int(found[3]) > 59:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    return None if minutes > MAX_OFFSET else -minutes if found[1] == "-" else minutes


def window_of(text: str, zone: str | None) -> Window | None:
    """The window of a rule; none where one of the two is malformed."""
    found, offset = range_of(text), offset_of(zone)
    return None if found is None or offset is None else Window(*found, offset)
