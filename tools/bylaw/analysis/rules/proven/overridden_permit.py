"""`overridden-permit`."""

from collections.abc import Iterable

from bylaw.analysis.environments import where_it_counts
from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule, Need
from bylaw.analysis.wording import listed
from bylaw.model.diagnostics import Severity


class OverriddenPermit(AppRule):
    """A permit that forbids take back.

    ## What it finds

    A `permit` of which forbids of the app deny every request that satisfies it, in all of its environments. A permit that is
    overridden in some of them only, as a broad one is by a narrow forbid, is not reported.

    ## Why it matters

    It grants nothing. Either the forbid is wider than was meant, or somebody believes to have an access that they do not
    have.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource is Tool) when { context.amount > 1000 };
    forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource is Tool) when { context.amount <= 500 };
    forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
    ```

    ## On AgentCore

    The nearest finding is *Overly Restrictive*, `ALLOW_NONE`, where nothing else is allowed in the environment.
    """

    id = "overridden-permit"
    area = Area.PROVEN
    severity = Severity.WARNING
    since = "0.1.0"
    needs = (Need.PROOFS,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every permit that forbids deny wherever it counts."""
        for policy in app.known_proofs.policies:
            overridden = {covered.environment for covered in policy.overridden}
            counts = where_it_counts(policy)
            if counts and counts <= overridden:
                names = sorted({str(ref.policy) for covered in policy.overridden for ref in covered.by})
                message = f"forbids deny all that this permit would grant: {listed(names)}"
                remedy = "narrow the forbids, or remove the permit"
                yield self.beside(policy.span, message, subject="", help=remedy, policy=policy.ref)
