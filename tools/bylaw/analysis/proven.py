"""What a solver has proved about the policies of one app, environment by environment, as values.

Rules of the area `proven` read these; `bylaw.analysis.smt.survey` makes them. Nothing here needs a solver. A fact is listed only if
it is proved, or, where it claims that something is possible, if an example was run on the engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bylaw.evaluation.interface import EntityData, Request
from bylaw.languages.cedar.schema import Environment
from bylaw.model.identifiers import PolicyRef
from bylaw.model.spans import Span


@dataclass(frozen=True, slots=True)
class Witness:
    """A request, with its entities, that shows something. It was run on the engine."""

    request: Request
    entities: tuple[EntityData, ...]


@dataclass(frozen=True, slots=True)
class Covered:
    """A policy that changes nothing in one environment, because of others."""

    environment: Environment
    by: tuple[PolicyRef, ...]
    """The policies that jointly make it so, as few as were found; sorted."""


@dataclass(frozen=True, slots=True)
class ConstantPart:
    """A condition, or part of one, that is the same for every request that reaches it, in every environment of its policy."""

    span: Span
    text: str
    """Its canonical text."""
    value: bool
    kind: str
    """`clause`, `operand` of `&&` or `||`, `branch` of an `if`, `guard` (`has` or `hasTag`)."""


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """What is proved of one policy that decides."""

    ref: PolicyRef
    span: Span
    """Its effect word; of a link, the link."""
    effect: str
    environments: tuple[Environment, ...]
    """Where its scope can apply, as far as types tell."""
    never: tuple[Environment, ...] = ()
    """Where no request satisfies it."""
    always_errs: tuple[Environment, ...] = ()
    """Where every request that its scope admits makes it error (and some is admitted)."""
    can_err: Mapping[Environment, Witness] = field(default_factory=dict)
    """Where some request makes it error, complete data given."""
    can_err_on_missing: Mapping[Environment, Witness] = field(default_factory=dict)
    """Where it errs only if an entity is missing from the store."""
    unconditional: tuple[Environment, ...] = ()
    """Where every request satisfies it."""
    redundant: tuple[Covered, ...] = ()
    """Where others of its effect cover it, policies that were found redundant before it left out."""
    overridden: tuple[Covered, ...] = ()
    """Of a permit: where forbids deny all that it would allow."""
    dead: tuple[Environment, ...] = ()
    """Of a forbid: where it denies nothing that would be allowed without it."""
    constant: tuple[ConstantPart, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """What is proved of the whole set in one environment."""

    environment: Environment
    allows_all: bool = False
    """No request is denied."""
    allows_none: bool = False
    """No request is allowed."""
    has_permit: bool = False
    """Whether any permit can apply by its scope."""
    denies_all: tuple[PolicyRef, ...] = ()
    """Forbids that together are satisfied by every request; empty where there are no such."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Everything proved of one app."""

    policies: tuple[PolicyFacts, ...]
    environments: tuple[EnvironmentFacts, ...]
    unknown: Mapping[PolicyRef, str] = field(default_factory=dict)
    """Policies of which something could not be settled, and why: not analysable, or out of time."""
    open_world: bool = False
    """Whether it was asked what happens while entities are missing."""
