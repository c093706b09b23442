"""`python -m tools.e2e.killing ROOT K`: reconciles the target `local` and kills itself, as the kernel would, at the K-th write.

A write is every call that changes the target or the reconciler's memory beside it: journal, lease and inventory. Counted twice, once
before it begins and once after it is done, since a process may die at either moment. When the run has fewer writes than K, it ends
by itself and says how many there were.
"""

import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bylaw.model.identifiers import TargetId
from bylaw.pipeline.deploy import apply_target, read_revision
from bylaw.pipeline.targets import OpenTarget, Surroundings, open_target
from bylaw.reconcile.retry import Patience
from bylaw.repository.git import GitRepository

WRITES = frozenset(
    {"put_schema", "create", "update", "set_mode", "delete"} | {"append", "set_applied", "acquire", "renew", "release"}
)


class Countdown:
    """Dies when it has been asked often enough."""

    def __init__(self, fatal: int) -> None:
        self.fatal = fatal
        self.count = 0

    def tick(self) -> None:
        """One more moment at which a process may die."""
        self.count += 1
        if self.count == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


class Mortal:
    """Anything that writes, ticking before and after each write."""

    def __init__(self, inner: Any, countdown: Countdown) -> None:
        self._inner, self._countdown = inner, countdown

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in WRITES:
            return found

        def write(*arguments: Any, **named: Any) -> Any:
            self._countdown.tick()
            answer = found(*arguments, **named)
            self._countdown.tick()
            return answer

        return write


def main(root: Path, fatal: int) -> int:
    """Reconcile, mortally; returns how many moments there were."""
    countdown = Countdown(fatal)
    git = GitRepository(root)
    around = Surroundings(
        root=root,
        environment=os.environ,
        actor="mortal",
        clock=lambda: datetime.now(UTC),
        patience=Patience(time.sleep, lambda: 0.0),
    )
    revision = read_revision(git, "HEAD")
    with open_target(revision.settings, "local", around) as opened:
        backend, state = (Mortal(inner, countdown) for inner in (opened.backend, opened.state))
        target: Any = OpenTarget(TargetId("local"), opened.settings, backend, state)
        apply_target(git, revision, target, around)
    return countdown.count


if __name__ == "__main__":
    sys.stdout.write(str(main(Path(sys.argv[1]), int(sys.argv[2]))))
