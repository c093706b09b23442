"""The ownership mark: the one line that makes a deployed object ours.

    bylaw: 1 <owner> <target> <app>/<policy> <digest, 12 hex>

It stands as the last line of an object's description, or wherever the backend can hold it. An object is ours if and only if its
mark parses and names our repository and this target; nothing else is ever changed or deleted.
"""

import re
from typing import NamedTuple, Self

from bylaw.model.digests import SHORT, Digest
from bylaw.model.identifiers import SEGMENT, PolicyRef, TargetId

OWNER = r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*"
"""A repository as forges spell it: `org/repo`."""

_MARK = re.compile(
    rf"bylaw: 1 (?P<owner>{OWNER}) (?P<target>{SEGMENT}) (?P<ref>{SEGMENT}(?:/{SEGMENT})+) (?P<digest>[0-9a-f]{{{SHORT}}})"
)


class Mark(NamedTuple):
    """Who deployed an object, for which target, from which policy, with which content."""

    owner: str
    target: TargetId
    ref: PolicyRef
    digest: str
    """The first 12 hex digits of the content digest."""

    @classmethod
    def of(cls, owner: str, target: TargetId, ref: PolicyRef, digest: Digest) -> Self:
        """The mark that we put on content with `digest`."""
        return cls(owner, target, ref, digest[:SHORT])

    @classmethod
    def find(cls, description: str) -> "Mark | None":
        """The mark in the last line of `description`, if there is one."""
        last = description.rstrip().rpartition("\n")[2].strip()
        found = _MARK.fullmatch(last)
        if found is None:
            return None
        try:
            ref = PolicyRef.parse(found["ref"])
        except ValueError:  # too long to be an id of ours
            return None
        return cls(found["owner"], TargetId(found["target"]), ref, found["digest"])

    def __str__(self) -> str:
        return f"bylaw: 1 {self.owner} {self.target} {self.ref} {self.digest}"
