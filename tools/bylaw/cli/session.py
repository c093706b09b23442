"""What one run of the command line is given: the repository, the time, who runs it."""

import getpass
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bylaw.model.errors import UsageError
from bylaw.repository.places import SETTINGS_PATH

if TYPE_CHECKING:
    from bylaw.repository.git import GitRepository
    from bylaw.repository.trees import DiskTree


@dataclass(frozen=True, slots=True)
class Session:
    """Read once, at the start of a run."""

    root: Path
    now: datetime

    @classmethod
    def start(cls, root: str) -> Self:
        """The session of a run in the policy repository at or above `root`."""
        given = Path(root).resolve()
        found = next((place for place in (given, *given.parents) if (place / SETTINGS_PATH).is_file()), given)
        return cls(found, _now())

    @property
    def disk(self) -> "DiskTree":
        """The working tree.

        Raises:
            UsageError: there is no `bylaw.yaml` here or above.
        """
        if not (self.root / SETTINGS_PATH).is_file():
            message = f"no `{SETTINGS_PATH}` in `{self.root}` or above it"
            raise UsageError(message, help="run `bylaw init` to start a policy repository, or pass `--root`")
        from bylaw.repository.trees import DiskTree  # noqa: PLC0415 - start-up time of verbs that read no tree

        return DiskTree(self.root)

    @property
    def git(self) -> "GitRepository":
        """The git repository of the root."""
        from bylaw.repository.git import GitRepository  # noqa: PLC0415 - start-up time of verbs that need no git

        return GitRepository(self.root)

    @property
    def actor(self) -> str:
        """Who runs this, for the journal: the workflow's actor in CI, else the user."""
        actor = os.environ.get("GITHUB_ACTOR")
        return f"{actor} (workflow {os.environ.get('GITHUB_RUN_ID', '?')})" if actor else getpass.getuser()


def _now() -> datetime:
    """The clock; `BYLAW_NOW` (RFC 3339) sets it for reproducible runs."""
    given = os.environ.get("BYLAW_NOW")
    if given is None:
        return datetime.now(UTC)
    try:
        return datetime.fromisoformat(given).astimezone(UTC)
    except ValueError as error:
        raise UsageError(f"`BYLAW_NOW` is not a time: `{given}`", help="write it like 2026-03-02T09:00:00Z") from error
