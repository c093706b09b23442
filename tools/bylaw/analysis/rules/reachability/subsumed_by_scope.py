"""`subsumed-by-scope`."""

from collections.abc import Iterable
from itertools import product

from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.generality import Generality
from bylaw.analysis.rule import AppRule
from bylaw.analysis.shapes import ScopeKeys, clauses_outline
from bylaw.analysis.wording import code
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.model.diagnostics import Severity
from bylaw.model.effects import Mode


class SubsumedByScope(AppRule):
    """A policy that a wider one makes pointless.

    ## What it finds

    A policy for which another one of the same effect has a scope that covers its scope, and either no clause at all or the same
    clauses. Action groups come from the schema, other groups from the inventory.

    ## Why it matters

    Removing or tightening the narrower policy changes nothing: a permit that was taken away is still granted.

    ## Example

    ```cedar
    permit (principal in Team::"support", action, resource);
    permit (principal in Team::"support", action == Action::"read", resource) when { context.amount < 10 };
    ```

    ## Instead

    Keep the narrower policy and drop the wider one, or the other way round.
    """

    id = "subsumed-by-scope"
    area = Area.REACHABILITY
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every policy that another one covers."""
        index = _Index(app)
        for policy in index.policies:
            cover = index.cover(policy)
            if cover is not None:
                message = f"{code(cover.ref.policy)} covers all of this policy"
                remedy = "keep the narrower policy or the wider one, not both"
                span = policy.span(*policy.statement.head)
                yield self.beside(span, message, subject=cover.ref.policy, help=remedy, policy=policy.ref)


class _Group:
    """The policies of one effect and scope."""

    __slots__ = ("_by_outline", "limited", "plain")

    def __init__(self) -> None:
        self.plain: CedarPolicy | None = None
        """The first without a clause: it covers all others."""
        self.limited: list[CedarPolicy] = []
        self._by_outline: dict[object, list[CedarPolicy]] | None = None

    def add(self, policy: CedarPolicy) -> None:
        if policy.statement.clauses:
            self.limited.append(policy)
        elif self.plain is None:
            self.plain = policy

    def covering(self, policy: CedarPolicy, *, same_scope: bool) -> CedarPolicy | None:
        """The policy of this group, whose scope covers that of `policy`, which covers it altogether."""
        clauses = policy.statement.clauses
        if self.plain is not None and (clauses or not same_scope):
            return self.plain
        if same_scope or not clauses or not self.limited:
            return None
        if self._by_outline is None:
            self._by_outline = {}
            for other in self.limited:
                self._by_outline.setdefault(clauses_outline(other.statement), []).append(other)
        alike = self._by_outline.get(clauses_outline(policy.statement), ())
        return next((other for other in alike if _clauses(other) == _clauses(policy)), None)


class _Index:
    """Policies by effect and scope, so that the few that may cover a given one are looked up and not searched for."""

    def __init__(self, app: AppContext) -> None:
        self.policies = [policy for policy in app.program.static if policy.mode is Mode.ACTIVE]
        self._scopes = app.scopes
        self._groups: dict[str, dict[ScopeKeys, _Group]] = {"permit": {}, "forbid": {}}
        for policy in self.policies:
            self._groups[policy.statement.effect].setdefault(app.scopes[policy.ref], _Group()).add(policy)
        used = [scopes for groups in self._groups.values() for scopes in groups]
        self._generality = [Generality(app, {scopes[place] for scopes in used}) for place in range(3)]

    def cover(self, policy: CedarPolicy) -> CedarPolicy | None:
        """The first policy found that covers `policy`; an equal one is `duplicate-policy`."""
        own = self._scopes[policy.ref]
        groups = self._groups[policy.statement.effect]
        principals, actions, resources = (of.wider(part) for of, part in zip(self._generality, own, strict=True))
        for scopes in product(principals, actions, resources):
            group = groups.get(scopes)
            if group is not None and (cover := group.covering(policy, same_scope=scopes == own)):
                return cover
        return None


def _clauses(policy: CedarPolicy) -> list[tuple[str, str]]:
    return [(clause.kind, expression_text(clause.body)) for clause in policy.statement.clauses]
