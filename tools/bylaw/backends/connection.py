"""What it takes to open a backend: whose target it is, where it lives, and the outside world handed in as functions."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bylaw.model.digests import Digest
from bylaw.model.effects import Effect
from bylaw.model.identifiers import TargetId

Clock = Callable[[], datetime]
"""Answers the present as an aware `datetime` in UTC."""

IdFactory = Callable[[], str]
"""Answers an id that was never answered before."""

ContentReader = Callable[[str, str], tuple[Effect, Digest] | None]
"""Reads `(language, text)`: its effect and the digest of its canonical form; none where it cannot be read."""


def random_id() -> str:
    """Draw thirty-two random hex digits."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach one target."""

    owner: str
    """Our repository, as `org/repo`; part of every ownership mark."""
    target: TargetId
    url: str = field(repr=False)
    """May hold credentials, so it is never shown."""
    clock: Clock
    reader: ContentReader
    ids: IdFactory = random_id
    actor: str = "bylaw"
    """On whose behalf writes are made; for the store's audit trail."""
