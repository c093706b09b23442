"""`policies/<app>/app.yaml`: one unit of ownership, testing and deployment."""

from typing import Annotated, Literal

from pydantic import Field

from bylaw.repository.documents.base import Document, Name, PolicyPath, RepositoryPath

Percent = Annotated[int, Field(ge=0, le=100)]


class AppTarget(Document):
    """What differs per target."""

    names: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="for each logical entity type: logical id to the physical id on this target"
    )
    partial: bool = Field(
        default=False, description="deploy what the target can enforce, and list what it cannot; else that is an error"
    )


class Link(Document):
    """A policy made from a template."""

    id: PolicyPath
    template: PolicyPath
    values: dict[Literal["principal", "resource"], str] = Field(
        min_length=1, description='slot to entity, `Type::"id"`'
    )
    description: str | None = None


class CoverageGate(Document):
    """The least coverage in percent; `bylaw test --coverage` fails below it."""

    policy: Percent = 0
    clause: Percent = 0
    condition: Percent = 0


class AppDocument(Document):
    """The whole of `app.yaml`."""

    app: Name = Field(description="equals the name of the directory")
    about: str
    language: Name = "cedar"
    owners: tuple[str, ...] = Field(min_length=1)
    schema_: RepositoryPath | None = Field(
        default=None, alias="schema", description="Cedar schema, from the repository root"
    )
    entities: RepositoryPath | None = Field(
        default=None, description="Cedar entities JSON: the stable entities (groups, folders, gateways)"
    )
    tags: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="tag names an entity type may bear")
    logical: tuple[str, ...] = Field(default=(), description="entity types whose ids in policies are logical names")
    agents: dict[str, str] = Field(
        default_factory=dict, description='of governance on Cedar targets: agent to its principal, `Type::"id"`'
    )
    resource: str | None = Field(
        default=None, description='of governance on Cedar targets: what the policies are about, `Type::"id"`; none: any'
    )
    deprecated: dict[str, str] = Field(
        default_factory=dict, description='actions on their way out, `Type::"id"` to what to use instead'
    )
    protected: tuple[str, ...] = Field(
        default=(), description="globs over policy ids that no plan deletes without a waiver"
    )
    targets: dict[Name, AppTarget] = Field(default_factory=dict, description="where the app is deployed")
    links: tuple[Link, ...] = ()
    coverage: CoverageGate = CoverageGate()
