"""What a rule is: one class in one file, metadata as class attributes, documentation as its docstring, one pure check.

    NodeRule      looks at expression nodes of the kinds it names, in one walk shared by all rules
    PolicyRule    looks at one policy
    AppRule       looks at an app: all policies, links, schema, inventory
    HttpRule      looks at one document of `http-rules`
    MetaRule      looks at suppressions and the baseline, after all others

Node and policy rules see `AppFacts` only, never another policy: what they say of a file depends on that file and the facts, so
it can be cached by both and computed in a worker process.

The docstring is the rule's page, Markdown under fixed headings: `## What it finds`, `## Why it matters`, `## Example`,
`## Instead`, and where there is more to say than the metadata does, `## On AgentCore`, `## Configuration` and `## Fix safety`. A
rule never raises for what a policy says.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import ClassVar, Generic, NamedTuple, TypeAlias, TypeVar

from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Confidence, Fix, Hit, Persona
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.outcome import Outcome
from bylaw.analysis.view import PolicyView, Site
from bylaw.languages.cedar.ast import Expression, Scope
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.exceptions import PolicyException
from bylaw.languages.http_rules.model import Rule as HttpRuleValue
from bylaw.model.diagnostics import Severity
from bylaw.model.identifiers import PolicyRef
from bylaw.model.spans import Span

OptionValue: TypeAlias = int | str | bool | list[str]
"""As `bylaw.yaml` spells it."""
NodeT = TypeVar("NodeT", bound=Expression | Scope)


class Need(StrEnum):
    """What must be known before a rule can run; the report names what is missing."""

    SCHEMA = "a schema"
    INVENTORY = "an entities file"
    TAGS = "declared tags"
    TESTED = "the result of a test run"
    LIMITS = "targets with known limits"
    PROOFS = "proofs by a solver"
    OPEN_WORLD = "proofs of what happens while entities are missing"


class Option(NamedTuple):
    """Something that can be set for one rule, in `bylaw.yaml` under `lint.rules.<id>.options`."""

    name: str
    default: int | tuple[str, ...]
    about: str


class Rule:
    """Metadata of every rule. `id` reads after the word "allow" and stays for ever; a rename keeps the old one as an alias."""

    id: ClassVar[str]
    area: ClassVar[Area]
    severity: ClassVar[Severity]
    since: ClassVar[str]
    confidence: ClassVar[Confidence] = Confidence.HIGH
    persona: ClassVar[Persona] = Persona.REGULAR
    languages: ClassVar[frozenset[str]] = frozenset({"cedar"})
    mandatory: ClassVar[bool] = False
    """Cannot be suppressed, switched off, lowered or put in a baseline."""
    security_severity: ClassVar[float | None] = None
    """0 to 10, for code scanning; access rules only."""
    needs: ClassVar[tuple[Need, ...]] = ()
    options: ClassVar[tuple[Option, ...]] = ()
    aliases: ClassVar[tuple[str, ...]] = ()

    def __init__(self, options: Mapping[str, OptionValue] | None = None) -> None:
        given = options or {}
        self._numbers = {o.name: o.default for o in self.options if isinstance(o.default, int)}
        self._words = {o.name: o.default for o in self.options if isinstance(o.default, tuple)}
        # A value of the wrong type was diagnosed when the settings were read; the default stands in for it.
        self._numbers.update((k, v) for k, v in given.items() if k in self._numbers and isinstance(v, int))
        self._words.update((k, tuple(v)) for k, v in given.items() if k in self._words and isinstance(v, list))

    def number(self, name: str) -> int:
        """The option `name`, a number."""
        return self._numbers[name]

    def words(self, name: str) -> tuple[str, ...]:
        """The option `name`, a list of strings."""
        return self._words[name]

    def at(
        self,
        view: PolicyView,
        start: int,
        end: int,
        message: str,
        *,
        subject: str,
        help: str | None = None,  # noqa: A002 - the field's word
        fix: Fix | None = None,
    ) -> Hit:
        """A hit on a range of the policy's file."""
        policy = view.policy
        return Hit(self.id, message, policy.span(start, end), subject, help, policy.ref, fix)

    def on(
        self,
        view: PolicyView,
        node: Expression,
        message: str,
        *,
        help: str | None = None,  # noqa: A002
        fix: Fix | None = None,
    ) -> Hit:
        """A hit on an expression."""
        return self.at(view, node.start, node.end, message, subject=expression_text(node), help=help, fix=fix)

    def on_head(self, view: PolicyView, message: str, *, help: str | None = None) -> Hit:  # noqa: A002
        """A hit on a policy as a whole, shown at its effect word."""
        return self.at(view, *view.statement.head, message, subject="", help=help)

    def beside(
        self,
        span: Span,
        message: str,
        *,
        subject: str,
        help: str | None = None,  # noqa: A002
        policy: PolicyRef | None = None,
    ) -> Hit:
        """A hit on any file of the app."""
        return Hit(self.id, message, span, subject, help, policy)


class NodeRule(Rule, ABC, Generic[NodeT]):
    """A rule over expression nodes, and parts of the scope where it names their types.

    `nodes` lists node types; `operators` and `methods` narrow `Binary` and `Method`, the commonest ones, so that a rule is only
    called where it can say something.
    """

    nodes: ClassVar[tuple[type, ...]] = ()
    operators: ClassVar[tuple[str, ...]] = ()
    methods: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def check(self, node: NodeT, site: Site, view: PolicyView) -> Iterable[Hit]:
        """What is wrong with `node`, standing at `site`."""


class PolicyRule(Rule, ABC):
    """A rule over one policy."""

    @abstractmethod
    def check(self, view: PolicyView) -> Iterable[Hit]:
        """What is wrong with the policy."""


class AppRule(Rule, ABC):
    """A rule over an app."""

    @abstractmethod
    def check(self, app: AppContext) -> Iterable[Hit]:
        """What is wrong with the app."""


class HttpRule(Rule, ABC):
    """A rule over one document of `http-rules`."""

    languages = frozenset({"http-rules"})

    @abstractmethod
    def check(self, view: RulesView) -> Iterable[Hit]:
        """What is wrong with the document."""

    def of_rule(self, view: RulesView, rule: HttpRuleValue, message: str, *, help: str | None = None) -> Hit:  # noqa: A002
        """A hit on one of its rules, shown at the name."""
        return Hit(self.id, message, rule.span, rule.name, help, view.policy.ref)

    def of_key(self, view: RulesView, key: str, message: str, *, help: str | None = None) -> Hit:  # noqa: A002
        """A hit on a key of the document; on its first line where it does not have that key."""
        return Hit(self.id, message, view.policy.place(key), key, help, view.policy.ref)


class GovernanceRule(Rule, ABC):
    """A rule over one policy of `governance`."""

    languages = frozenset({"governance"})

    @abstractmethod
    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """What is wrong with the policy."""

    def of_place(
        self,
        view: GovernanceView,
        route: tuple[str | int, ...],
        message: str,
        *,
        help: str | None = None,  # noqa: A002 - the field's word
    ) -> Hit:
        """A hit on a field of the policy; on the deepest part of it that the file has."""
        return Hit(self.id, message, view.file.place(*route), ".".join(map(str, route)), help, view.file.ref)


class ExceptionRule(Rule, ABC):
    """A rule over one exception from a policy."""

    languages = frozenset({"cedar", "governance"})

    @abstractmethod
    def check(self, exception: PolicyException, today: date) -> Iterable[Hit]:
        """What is wrong with the exception."""

    def of_field(self, exception: PolicyException, field: str, message: str, *, help: str | None = None) -> Hit:  # noqa: A002
        """A hit on a field of the file."""
        return Hit(self.id, message, exception.place(field), field, help, exception.ref)


class SourceText(NamedTuple):
    """A file that people wrote, of any language."""

    path: str
    text: str
    policy: PolicyRef | None
    """None: it is no policy and no exception."""


class TextRule(Rule, ABC):
    """A rule over the text of a file, whatever its language."""

    languages = frozenset({"cedar", "http-rules", "governance"})

    @abstractmethod
    def check(self, source: SourceText) -> Iterable[Hit]:
        """What is wrong with the text."""


class MetaRule(Rule, ABC):
    """A rule over what was suppressed and baselined. Nothing suppresses it."""

    @abstractmethod
    def check(self, outcome: Outcome) -> Iterable[Hit]:
        """What is wrong with the suppressions or the baseline."""
