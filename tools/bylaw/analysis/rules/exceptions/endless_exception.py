"""`endless-exception`."""

from collections.abc import Iterable
from datetime import date

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import ExceptionRule
from bylaw.languages.exceptions import PolicyException
from bylaw.model.diagnostics import Severity

MAX_DAYS = 90


class EndlessException(ExceptionRule):
    """An exception for a long time.

    ## What it finds

    An exception that ends more than ninety days ahead, or only after a number of uses.

    ## Why it matters

    What is needed for so long is no exception: it belongs into the policy, where it is reviewed as such.

    ## Example

    ```yaml
    policy: limits
    reason: more claims than usual after the storm
    approver: ann@example.com
    agent: bot
    actions: [pay]
    expires_at: 2026-12-31T00:00:00Z
    ```

    ## Instead

    ```yaml
    policy: limits
    reason: more claims than usual after the storm
    approver: ann@example.com
    agent: bot
    actions: [pay]
    expires_at: 2026-04-15T00:00:00Z
    ```
    """

    id = "endless-exception"
    area = Area.EXCEPTIONS
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, exception: PolicyException, today: date) -> Iterable[Hit]:
        """An end that is far away, or none."""
        end = exception.document.expires_at
        if end is None:
            message = "this exception has no day on which it ends"
            yield self.of_field(exception, "max_uses", message, help="give `expires_at` as well")
        elif (end.date() - today).days > MAX_DAYS:
            message = f"this exception holds for {(end.date() - today).days} days, until {end.date()}"
            yield self.of_field(exception, "expires_at", message, help="change the policy, or end it earlier")
