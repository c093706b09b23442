"""`redundant-policy`."""

from collections.abc import Iterable

from bylaw.analysis.environments import where_it_counts
from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule, Need
from bylaw.analysis.wording import listed
from bylaw.model.diagnostics import Severity


class RedundantPolicy(AppRule):
    """A policy that others of its effect cover.

    ## What it finds

    A policy without which every decision stays the same, because each request that satisfies it satisfies others of the same
    effect: the message names them. Policies that are reported can be removed together; what is named is not itself reported
    for them.

    ## Why it matters

    Who changes or removes it changes nothing. A revoked permit lives on in those that cover it, and a review reads more than
    decides.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource is Tool) when { context.amount < 500 };
    permit (principal is Agent, action == Action::"pay", resource is Tool)
    when { context.amount < 100 && resource.risk < 3 };
    ```

    ## Instead

    Keep the one that is meant:

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource is Tool) when { context.amount < 500 };
    ```

    ## On AgentCore

    No finding of its own: the service compares a policy with what it allows and denies, not with its neighbours.
    """

    id = "redundant-policy"
    area = Area.PROVEN
    severity = Severity.WARNING
    since = "0.1.0"
    needs = (Need.PROOFS,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every policy that others cover wherever it counts."""
        for policy in app.known_proofs.policies:
            counts = where_it_counts(policy)
            if counts and counts <= {covered.environment for covered in policy.redundant}:
                names = sorted({str(ref.policy) for covered in policy.redundant for ref in covered.by})
                cover = "covers" if len(names) == 1 else "together cover"
                message = f"{listed(names)} {cover} this {policy.effect}: without it every decision stays the same"
                remedy = "remove it; or narrow the others, if it was meant to decide"
                yield self.beside(policy.span, message, subject="", help=remedy, policy=policy.ref)
