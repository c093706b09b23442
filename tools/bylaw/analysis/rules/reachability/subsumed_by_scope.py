"""`subsumed-by-scope`."""

from collections.abc import Iterable, Mapping
from itertools import product

from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.generality import Generality
from bylaw.analysis.rule import AppRule
from bylaw.analysis.shapes import ScopeKey, scope_key
from bylaw.analysis.wording import code
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.model.diagnostics import Severity
from bylaw.model.effects import Mode

_Clauses = tuple[tuple[str, str], ...]
_Triple = tuple[ScopeKey, ScopeKey, ScopeKey]


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
        policies = [policy for policy in app.program.static if policy.mode is Mode.ACTIVE]
        wide = _index(policies)
        parts = [{triple[place] for _, triple in wide} for place in range(3)]
        generality = Generality(app)
        for policy in policies:
            cover = _cover(policy, wide, parts, generality)
            if cover is not None:
                message = f"{code(cover.ref.policy)} covers all of this policy"
                remedy = "keep the narrower policy or the wider one, not both"
                span = policy.span(*policy.statement.head)
                yield self.beside(span, message, subject=cover.ref.policy, help=remedy, policy=policy.ref)


_Index = Mapping[tuple[str, _Triple], list[CedarPolicy]]


def _index(policies: Iterable[CedarPolicy]) -> _Index:
    index: dict[tuple[str, _Triple], list[CedarPolicy]] = {}
    for policy in policies:
        index.setdefault((policy.statement.effect, _triple(policy)), []).append(policy)
    return index


def _triple(policy: CedarPolicy) -> _Triple:
    principal, action, resource = policy.statement.scopes
    return (scope_key(principal), scope_key(action), scope_key(resource))


def _clauses(policy: CedarPolicy) -> _Clauses:
    return tuple((clause.kind, expression_text(clause.body)) for clause in policy.statement.clauses)


def _cover(policy: CedarPolicy, wide: _Index, parts: list[set[ScopeKey]], generality: Generality) -> CedarPolicy | None:
    own = _triple(policy)
    options = [[key for key in generality.wider(own[place]) if key in parts[place]] for place in range(3)]
    for triple in product(*options):
        for candidate in wide.get((policy.statement.effect, (triple[0], triple[1], triple[2])), ()):
            if candidate is not policy and _covers(candidate, policy, same_scope=triple == own):
                return candidate
    return None


def _covers(wide: CedarPolicy, narrow: CedarPolicy, *, same_scope: bool) -> bool:
    if not wide.statement.clauses:
        return bool(narrow.statement.clauses) or not same_scope
    # Same scope and same clauses is `duplicate-policy`.
    return (
        not same_scope
        and len(wide.statement.clauses) == len(narrow.statement.clauses)
        and _clauses(wide) == _clauses(narrow)
    )
