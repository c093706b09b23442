"""Invariant files: `tests/policies/<app>/**.invariants.yaml`, data only; each text in them is one Cedar statement."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from bylaw.repository.documents.base import Document, Name

CLAIMS = ("never", "always", "only", "implies")
"""The keys of which an invariant has one."""

RequestsText = Annotated[str, StringConstraints(min_length=1)]
"""A Cedar `permit` statement: the requests that it matches."""


class OnlyDocument(Document):
    """Whoever may do the one satisfies the other."""

    may: RequestsText = Field(description="requests, as a Cedar `permit` statement: those of them that are allowed …")
    satisfies: RequestsText = Field(description="… are all among these requests")


class InvariantDocument(Document):
    """One statement about every request there can be."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [claim]} for claim in CLAIMS]})

    id: Name = Field(description="unique in the app")
    description: str | None = Field(default=None, description="the same in words, for whoever breaks it")
    never: RequestsText | None = Field(
        default=None, description="requests, as a Cedar `permit` statement, of which none is allowed"
    )
    always: RequestsText | None = Field(
        default=None, description="requests, as a Cedar `permit` statement, all of which are allowed"
    )
    only: OnlyDocument | None = Field(default=None, description="whoever `may` do this `satisfies` that")
    implies: Name | None = Field(default=None, description="an app that allows every request that this one allows")
    open_world: bool = Field(
        default=False, description="hold as well where entities that a request refers to may be missing from the store"
    )

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims it makes, of which there should be one."""
        return tuple(name for name in CLAIMS if getattr(self, name) is not None)


class InvariantsDocument(Document):
    """The invariants of one file."""

    version: Literal[1]
    invariants: tuple[InvariantDocument, ...]
