"""Suite and fixture files: `tests/policies/<app>/**.yaml`, data only.

A suite names principals, resources, contexts and further entities, and asks for decisions: as a matrix in which every cell that no
expectation names must be denied, or as single requests, optionally one for each row of a table.
"""

from datetime import date
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, JsonValue, StringConstraints, model_validator

from bylaw.repository.documents.base import Document, RepositoryPath

PLACEHOLDER: Final = r"\{[A-Za-z_][A-Za-z0-9_-]*\}"

MIN_LONG, MAX_LONG = -(2**63), 2**63 - 1

FixtureName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$", max_length=100)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Reference = Annotated[str, StringConstraints(min_length=1)]
"""The name of a fixture, group, action or policy, or a placeholder for one."""
Decided = Annotated[str, StringConstraints(pattern=rf"^(allow|deny|rate_limit|require_approval|{PLACEHOLDER})$")]
Instant = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?(Z|[+-][0-9]{4})$"),
]


def _only_values(value: JsonValue) -> JsonValue:
    """No policy language has null or binary fractions."""
    match value:
        case None:
            msg = "an empty value cannot be passed to a policy: leave the key out"
            raise ValueError(msg)
        case float():
            msg = f"a number with a fraction is a decimal: write it in quotes, `'{value}'`"
            raise ValueError(msg)
        case int() if not MIN_LONG <= value <= MAX_LONG:
            msg = "the number does not fit 64 bits"
            raise ValueError(msg)
        case list():
            for item in value:
                _only_values(item)
        case dict():
            for item in value.values():
                _only_values(item)
        case _:
            pass
    return value


Value = Annotated[JsonValue, AfterValidator(_only_values)]
"""Text, a whole number, true or false, a list, or a mapping."""


class Uid(Document):
    """An entity by type and id."""

    type: str
    id: str


class EntityFixture(Document):
    """One entity. With type and id alone it only names an entity, of `app.yaml` or of another fixture."""

    type: str = Field(description="full type, `Namespace::Type`")
    id: str
    attrs: dict[str, Value] = Field(default_factory=dict)
    tags: dict[str, Value] = Field(default_factory=dict)
    parents: tuple[Uid, ...] = ()


class FixturesDocument(Document):
    """A file of fixtures, for suites to `use`."""

    principals: dict[FixtureName, EntityFixture] = Field(default_factory=dict)
    resources: dict[FixtureName, EntityFixture] = Field(default_factory=dict)
    entities: dict[FixtureName, EntityFixture] = Field(
        default_factory=dict, description="further entities that policies read"
    )
    contexts: dict[FixtureName, dict[str, Value]] = Field(default_factory=dict)
    groups: dict[FixtureName, tuple[Reference, ...]] = Field(
        default_factory=dict, description="names that stand for several fixtures of one kind"
    )


class Skip(Document):
    """Leaves a test out for a while; once the day has passed it fails."""

    reason: Annotated[str, StringConstraints(min_length=3)]
    until: date


class Outcomes(Document):
    """What else is expected beside the decision."""

    by: tuple[Reference, ...] = Field(default=(), description="policies among those that determine the decision")
    exactly: tuple[Reference, ...] | None = Field(default=None, description="all policies that determine the decision")
    reasons: tuple[str, ...] = Field(default=(), description="reason codes, for languages that give them")
    errors: tuple[Reference, ...] | Annotated[int, Field(ge=0)] = Field(
        default=(), description="policies that error, or how many"
    )

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if self.by and self.exactly is not None:
            msg = "`by` and `exactly` exclude one another"
            raise ValueError(msg)
        return self


class Cells(Outcomes):
    """Cells of the matrix; a dimension left out means all of it."""

    principals: tuple[Reference, ...] | None = None
    actions: tuple[Reference, ...] | None = None
    resources: tuple[Reference, ...] | None = None
    contexts: tuple[Reference, ...] | None = None


class Matrix(Document):
    """Every combination of these. A cell that no expectation names must be denied."""

    principals: tuple[Reference, ...] = Field(min_length=1)
    actions: tuple[Reference, ...] = Field(min_length=1)
    resources: tuple[Reference, ...] = Field(min_length=1)
    contexts: tuple[Reference, ...] = Field(default=(), description="left out: one context, the base context alone")


class RequestDocument(Document):
    """One request; names of fixtures, or the values themselves."""

    principal: Reference | EntityFixture
    action: Reference = Field(description='an id that is unique in the schema, or `Type::"id"`')
    resource: Reference | EntityFixture
    context: Reference | dict[str, Value] = Field(default_factory=dict)


class Expect(Outcomes):
    """The expected outcome of a request."""

    decision: Decided


class SuiteTest(Document):
    """One test: a matrix with expectations, or a request with one."""

    name: Text
    about: str | None = None
    now: Instant | None = Field(default=None, description="replaces the suite's `now`")
    context: dict[str, Value] = Field(default_factory=dict, description="merged over the suite's base context")
    entities: dict[FixtureName, EntityFixture] = Field(
        default_factory=dict, description="merged over the suite's entities"
    )
    skip: Skip | None = None
    each: tuple[dict[FixtureName, Value], ...] | None = Field(
        default=None, min_length=1, description="the test once for each row; `{key}` stands for the row's value"
    )
    matrix: Matrix | None = None
    allow: tuple[Cells, ...] = ()
    deny: tuple[Cells, ...] = ()
    rate_limit: tuple[Cells, ...] = ()
    require_approval: tuple[Cells, ...] = ()
    request: RequestDocument | None = None
    expect: Expect | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.matrix is None) == (self.request is None):
            msg = "a test has either `matrix` or `request`"
            raise ValueError(msg)
        if (self.request is None) != (self.expect is None):
            msg = "`request` and `expect` go together"
            raise ValueError(msg)
        if self.request is not None and (self.allow or self.deny or self.rate_limit or self.require_approval):
            msg = "lists of cells go with `matrix`; a `request` has `expect`"
            raise ValueError(msg)
        return self


class SuiteDocument(FixturesDocument):
    """A suite of policy tests."""

    suite: Text = Field(description="its name")
    about: str | None = None
    now: Instant | None = Field(default=None, description="the only clock a suite sees, as `{now}`")
    use: tuple[RepositoryPath, ...] = Field(
        default=(), description="files of fixtures, relative to the tests of this app"
    )
    context: dict[str, Value] = Field(default_factory=dict, description="base context, below that of every request")
    tests: tuple[SuiteTest, ...] = ()
