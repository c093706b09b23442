"""`expired-suppression`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.outcome import Outcome
from bylaw.analysis.rule import MetaRule
from bylaw.analysis.wording import code
from bylaw.model.diagnostics import Severity


class ExpiredSuppression(MetaRule):
    """A suppression past its date.

    ## What it finds

    A suppression with `until` and a date before today. It has no effect any more.

    ## Why it matters

    The date was a promise to come back. What it hid counts again, and the comment should go.

    ## Example

    ```cedar
    // bylaw: allow unconstrained-principal until 2024-06-30 -- until the groups are synchronised
    permit (principal, action == Action::"status", resource);
    ```

    ## Instead

    Correct what was suppressed, or move the date and say why in the commit.
    """

    id = "expired-suppression"
    area = Area.SUPPRESSION
    severity = Severity.ERROR
    since = "0.1.0"

    def check(self, outcome: Outcome) -> Iterable[Hit]:
        """Every date before today."""
        for suppression in outcome.suppressions:
            if suppression.until is not None and outcome.today is not None and suppression.until < outcome.today:
                message = f"the suppression of {code(suppression.rule)} ended on {suppression.until}"
                remedy = "correct what it hid, or move the date"
                yield self.beside(suppression.span, message, subject=suppression.rule, help=remedy)
