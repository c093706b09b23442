"""Changes of meaning that somebody has looked at and accepts: read by `bylaw diff --accept`."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bylaw.repository.documents.base import Document

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class AcceptedChange(Document):
    """One policy whose effect on decisions is accepted, in exactly one change of its app."""

    app: str = Field(description="the app")
    policy: str = Field(description="the policy that causes the difference, by its id within the app")
    change: Literal["widens", "narrows"] = Field(description="what is accepted of it")
    before: Sha256 = Field(description="digest of all that decided in the app before the change")
    after: Sha256 = Field(description="digest of all that decides in the app after it")
    reason: str = Field(min_length=10, description="why this is wanted; for whoever reads it in a year")


class AcceptancesDocument(Document):
    """`version: 1` and the accepted changes."""

    version: Literal[1] = Field(description="the format of this file")
    accepted: tuple[AcceptedChange, ...] = Field(description="each bound to the change that it was written for")
