"""What the deploying verbs share: surroundings, targets, signals."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from bylaw.cli.session import Session
from bylaw.model.errors import UsageError
from bylaw.model.identifiers import TargetId
from bylaw.pipeline.targets import Surroundings
from bylaw.reconcile.retry import Patience
from bylaw.repository.documents.settings import Settings


def surroundings(session: Session) -> Surroundings:
    """The outside world of this run. The clock runs on; only a fixed `BYLAW_NOW` stands still."""
    fixed = session.now if os.environ.get("BYLAW_NOW") else None
    return Surroundings(
        root=session.root,
        environment=os.environ,
        actor=session.actor,
        clock=lambda: fixed or datetime.now(UTC),
        patience=Patience(time.sleep, random.random),
    )


def chosen_targets(settings: Settings, given: tuple[str, ...]) -> tuple[TargetId, ...]:
    """The targets that were named, or all.

    Raises:
        UsageError: there is none of that name, or none at all.
    """
    unknown = [name for name in given if name not in settings.targets]
    known = ", ".join(settings.targets)
    if unknown:
        raise UsageError(f"no target `{unknown[0]}`", help=f"targets: {known}")
    if not settings.targets:
        raise UsageError("`bylaw.yaml` has no `targets`", help="add one: `targets: {local: {backend: local}}`")
    return tuple(TargetId(name) for name in given or settings.targets)


@contextmanager
def stoppable(around: Surroundings) -> Iterator[Surroundings]:
    """Surroundings that know when the run was asked to stop: the write in flight is finished and recorded, nothing follows it."""
    asked: list[int] = []

    def ask(number: int, _: object) -> None:
        asked.append(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield replace(around, stop=lambda: bool(asked))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
