"""What every document has in common: unknown keys are errors, values are frozen."""

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from bylaw.model.identifiers import SEGMENT


class Document(BaseModel):
    """A mapping of a YAML file. Frozen, strict about types, closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


WHOLE_SEGMENT: Final = rf"^{SEGMENT}$"

# Pydantic's default engine has no look-ahead, so the segment grammar is spelled without it here; the two agree (tested).
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=200)]
"""An app or target name: lower-case words joined by single hyphens."""

PolicyPath = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*$", max_length=200)
]
"""A policy id inside its app, `area/policy-name`."""


def _inside_repository(path: str) -> str:
    if path.startswith("/") or "\\" in path or ".." in path.split("/") or "" in path.split("/"):
        msg = f"`{path}` does not stay inside the repository"
        raise ValueError(msg)
    return path


RepositoryPath = Annotated[str, AfterValidator(_inside_repository)]
"""A path relative to the repository root, forward slashes, no `..`."""
