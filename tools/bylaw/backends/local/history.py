"""When each version of a policy decided requests, from the audit trail."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bylaw.backends.local.records import AuditEntry, Period
from bylaw.model.effects import Mode


def periods(entries: Iterable[AuditEntry]) -> Mapping[int, tuple[Period, ...]]:
    """Give the periods in force by version number; `entries` are those of one policy, oldest first."""
    found: dict[int, tuple[Period, ...]] = {}
    version: int | None = None
    since: datetime | None = None
    for entry in entries:
        deciding = entry.version if entry.mode is Mode.ACTIVE else None
        if deciding == version:
            continue
        if version is not None and since is not None:
            found[version] = (*found.get(version, ()), Period(since, entry.at))
        version, since = deciding, entry.at
    if version is not None and since is not None:
        found[version] = (*found.get(version, ()), Period(since, None))
    return found
