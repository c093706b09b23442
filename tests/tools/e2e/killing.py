"""`python -m tools.e2e.killing BASE WORK HOURS`: reconciles copies of BASE; each dies, as by the kernel, at a later moment.

Copy `WORK/k` is reconciled by a process of its own that is killed at its k-th moment. A write is every call that changes the target
or the reconciler's memory beside it: journal, lease and inventory. It has two moments, before it begins and after it is done. The
last process lives to its end; printed is how many died. The clock is HOURS ahead.
"""

import os
import shutil
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from bylaw.model.identifiers import TargetId
from bylaw.pipeline.deploy import apply_targets, read_revision
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


def reconcile(root: Path, fatal: int, ahead: timedelta) -> None:
    """Reconcile, mortally."""
    countdown = Countdown(fatal)
    git = GitRepository(root)
    around = Surroundings(
        root=root,
        environment=os.environ,
        actor="mortal",
        clock=lambda: datetime.now(UTC) + ahead,
        patience=Patience(time.sleep, lambda: 0.0),
    )
    revision = read_revision(git, "HEAD", datetime.now(UTC))
    with open_target(revision.settings, "local", around) as opened:
        backend, state = (Mortal(inner, countdown) for inner in (opened.backend, opened.state))
        target: Any = OpenTarget(TargetId("local"), opened.settings, backend, state)
        apply_targets(git, revision, [target], around)


def dies(root: Path, fatal: int, ahead: timedelta) -> bool:
    """Whether a process of its own that reconciles `root` was killed; any end but that and a good one is an error."""
    child = os.fork()
    if child == 0:
        reconcile(root, fatal, ahead)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status not in {0, -signal.SIGKILL}:
        raise SystemExit(f"moment {fatal}: the process ended with {status}")
    return status != 0


def main(base: Path, work: Path, hours: int) -> int:
    """Kill once at each moment there is; returns how many there are."""
    for fatal in count(1):
        root = Path(shutil.copytree(base, work / str(fatal)))
        if not dies(root, fatal, timedelta(hours=hours)):
            return fatal - 1
    raise AssertionError


if __name__ == "__main__":
    sys.stdout.write(str(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
