"""The grammar and rendering of every identifier. Nothing else builds or takes apart an id.

app        one path segment           refunds
policy id  path below the app         limits/cap-refund
policy ref app/policy id              refunds/limits/cap-refund
target     one path segment           prod-eu
commit     40 hex digits
"""

import re
from typing import NamedTuple, NewType, Self

AppId = NewType("AppId", str)
PolicyId = NewType("PolicyId", str)
TargetId = NewType("TargetId", str)
CommitId = NewType("CommitId", str)

SEGMENT = r"[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9]))*"
"""Lower-case words joined by single hyphens."""

_SEGMENT = re.compile(SEGMENT)
_PATH = re.compile(rf"{SEGMENT}(?:/{SEGMENT})*")
_COMMIT = re.compile(r"[0-9a-f]{40}")

MAX_ID_LENGTH = 200


def is_segment(text: str) -> bool:
    """Whether `text` can name an app or a target."""
    return len(text) <= MAX_ID_LENGTH and _SEGMENT.fullmatch(text) is not None


def is_policy_id(text: str) -> bool:
    """Whether `text` can name a policy inside its app."""
    return len(text) <= MAX_ID_LENGTH and _PATH.fullmatch(text) is not None


def is_commit(text: str) -> bool:
    """Whether `text` is a full commit id."""
    return _COMMIT.fullmatch(text) is not None


class PolicyRef(NamedTuple):
    """A policy of the repository, `app/policy`."""

    app: AppId
    policy: PolicyId

    def __str__(self) -> str:
        return f"{self.app}/{self.policy}"

    @property
    def is_exception(self) -> bool:
        """Whether it is an exception from a policy, by the folder that it stands in."""
        return self.policy.startswith("exceptions/")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `app/area/policy`.

        Raises:
            ValueError: `text` is not of that form.
        """
        app, _, policy = text.partition("/")
        if not (is_segment(app) and is_policy_id(policy)):
            raise ValueError(text)
        return cls(AppId(app), PolicyId(policy))


class EntityUid(NamedTuple):
    """An entity by type (full path) and id."""

    type: str
    id: str

    def __str__(self) -> str:
        escaped = self.id.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
        return f'{self.type}::"{escaped}"'
