"""`dead-forbid`."""

from collections.abc import Iterable

from bylaw.analysis.environments import where_it_counts
from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.proven import Proven
from bylaw.analysis.rule import AppRule, Need
from bylaw.model.diagnostics import Severity
from bylaw.model.identifiers import PolicyRef


class DeadForbid(AppRule):
    """A forbid that stops nothing anyone may do.

    ## What it finds

    A `forbid` that some request satisfies, but none that would be allowed without it, in any of its environments: no permit
    reaches what it forbids. Where another forbid is the reason, `redundant-policy` says so of one of the two.

    ## Why it matters

    It may be there for the day on which a permit grows, and then it is right: say so in a suppression. Otherwise it guards
    the wrong thing, such as an action that was renamed.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource is Tool) when { context.amount < 100 };
    forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource is Tool);
    forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
    ```

    ## On AgentCore

    The finding *Ineffective*, `DENY_NONE`.
    """

    id = "dead-forbid"
    area = Area.PROVEN
    severity = Severity.WARNING
    since = "0.1.0"
    needs = (Need.PROOFS,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every forbid that denies nothing wherever it counts."""
        proven = app.known_proofs
        twins = _covering(proven)
        for policy in proven.policies:
            counts = where_it_counts(policy)
            covered = {covered.environment for covered in policy.redundant}
            told = counts <= covered or policy.ref in twins
            if policy.effect == "forbid" and counts and counts <= set(policy.dead) and not told:
                message = "this forbid denies nothing that would be allowed without it"
                remedy = "check what it names; if it is there for later, say so in a suppression"
                yield self.beside(policy.span, message, subject="", help=remedy, policy=policy.ref)


def _covering(proven: Proven) -> frozenset[PolicyRef]:
    """Policies that stand in for others. Each of two equal forbids is dead because of its twin; only one of them may go."""
    return frozenset(ref for policy in proven.policies for covered in policy.redundant for ref in covered.by)
