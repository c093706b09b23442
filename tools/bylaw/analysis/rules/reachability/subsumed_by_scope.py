"""`subsumed-by-scope`."""

from collections.abc import Iterable, Iterator
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


class _Index:
    """Policies by effect and scope, so that the few that may cover a given one are looked up and not searched for."""

    def __init__(self, app: AppContext) -> None:
        self.policies = [policy for policy in app.program.static if policy.mode is Mode.ACTIVE]
        self._scopes = app.scopes
        self._generality = Generality(app)
        self._by_scope: dict[tuple[str, ScopeKeys], list[CedarPolicy]] = {}
        for policy in self.policies:
            self._by_scope.setdefault((policy.statement.effect, app.scopes[policy.ref]), []).append(policy)
        self._parts = [{scopes[place] for _, scopes in self._by_scope} for place in range(3)]
        self._unconditional = {
            key: next((policy for policy in group if not policy.statement.clauses), None)
            for key, group in self._by_scope.items()
        }

    def cover(self, policy: CedarPolicy) -> CedarPolicy | None:
        """The first policy found that covers `policy`; an equal one is `duplicate-policy`."""
        own = self._scopes[policy.ref]
        effect, clauses = policy.statement.effect, policy.statement.clauses
        for scopes in self._wider(own):
            plain = self._unconditional.get((effect, scopes))
            if plain is not None and (clauses or scopes != own):
                return plain
            if clauses and scopes != own and (alike := self._same_clauses(policy, (effect, scopes))):
                return alike
        return None

    def _wider(self, own: ScopeKeys) -> Iterator[ScopeKeys]:
        known = [[key for key in self._generality.wider(own[place]) if key in self._parts[place]] for place in range(3)]
        return ((principal, action, resource) for principal, action, resource in product(*known))

    def _same_clauses(self, policy: CedarPolicy, key: tuple[str, ScopeKeys]) -> CedarPolicy | None:
        group = self._by_scope.get(key)
        if group is None:
            return None
        outline = clauses_outline(policy.statement)
        for other in group:
            if clauses_outline(other.statement) == outline and _clauses(other) == _clauses(policy):
                return other
        return None


def _clauses(policy: CedarPolicy) -> list[tuple[str, str]]:
    return [(clause.kind, expression_text(clause.body)) for clause in policy.statement.clauses]
