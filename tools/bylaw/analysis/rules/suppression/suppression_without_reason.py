"""`suppression-without-reason`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.outcome import Outcome
from bylaw.analysis.rule import MetaRule
from bylaw.analysis.wording import code
from bylaw.model.diagnostics import Severity


class SuppressionWithoutReason(MetaRule):
    """A suppression that does not say why.

    ## What it finds

    A suppression without a reason. It has no effect.

    ## Why it matters

    Whoever comes next cannot tell a decision from a way to get past the check.

    ## Example

    ```cedar
    // bylaw: allow unconstrained-principal
    permit (principal, action == Action::"status", resource);
    ```

    ## Instead

    ```cedar
    // bylaw: allow unconstrained-principal -- the status page is public, decision 14
    permit (principal, action == Action::"status", resource);
    ```
    """

    id = "suppression-without-reason"
    area = Area.SUPPRESSION
    severity = Severity.ERROR
    since = "0.1.0"

    def check(self, outcome: Outcome) -> Iterable[Hit]:
        """Every suppression without a reason."""
        for suppression in outcome.suppressions:
            if suppression.rule and not suppression.reason:
                message = f"the suppression of {code(suppression.rule)} gives no reason, so it has no effect"
                remedy = "write the reason after `--`, in an annotation after the colon"
                yield self.beside(suppression.span, message, subject=suppression.rule, help=remedy)
