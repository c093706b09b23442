"""`never-satisfied`."""

from collections.abc import Iterable

from bylaw.analysis.environments import where_it_counts
from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule, Need
from bylaw.model.diagnostics import Severity


class NeverSatisfied(AppRule):
    """A policy that no request satisfies.

    ## What it finds

    A policy whose scope can be met, but whose scope and conditions together cannot: proved for every request of every
    environment. Where it is an error that keeps it from being satisfied, `always-errs` says so instead.

    ## Why it matters

    A `permit` like that grants nothing, and somebody wonders why. A `forbid` like that stops nothing, and nobody wonders:
    people believe in a guardrail that is not there.

    ## Example

    ```cedar
    forbid (principal, action == Action::"pay", resource)
    when { context.amount > 500 && resource.risk > 0 && context.amount + resource.risk < 500 };
    ```

    ## Instead

    ```cedar
    forbid (principal, action == Action::"pay", resource)
    when { context.amount > 500 };
    ```

    ## On AgentCore

    The finding *Ineffective*: of a permit `ALLOW_NONE`, of a forbid `DENY_NONE`.
    """

    id = "never-satisfied"
    area = Area.PROVEN
    severity = Severity.WARNING
    since = "0.1.0"
    needs = (Need.PROOFS,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every policy that is satisfied nowhere, though not for its errors alone."""
        for policy in app.known_proofs.policies:
            if where_it_counts(policy) or not set(policy.environments).difference(policy.always_errs):
                continue
            result = "it grants nothing" if policy.effect == "permit" else "it stops nothing"
            message = f"no request satisfies this {policy.effect}: {result}"
            remedy = "correct the conditions that exclude one another, or remove the policy"
            yield self.beside(policy.span, message, subject="", help=remedy, policy=policy.ref)
