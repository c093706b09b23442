"""`expiring-exception`."""

from collections.abc import Iterable
from datetime import date

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import ExceptionRule
from bylaw.languages.exceptions import PolicyException
from bylaw.model.diagnostics import Severity


class ExpiringException(ExceptionRule):
    """An exception that ends within a week.

    ## What it finds

    An exception whose `expires_at` lies less than a week ahead.

    ## Why it matters

    Whoever depends on it hears of it before it ends.

    ## Example

    ```yaml
    policy: limits
    reason: more claims than usual after the storm
    approver: ann@example.com
    agent: bot
    actions: [pay]
    expires_at: 2026-03-05T00:00:00Z
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

    id = "expiring-exception"
    area = Area.EXCEPTIONS
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, exception: PolicyException, today: date) -> Iterable[Hit]:
        """An end within a week."""
        end = exception.document.expires_at
        if end is not None and 0 <= (left := (end.date() - today).days) < 7:
            when = "today" if left == 0 else f"in {left} day{'s' * (left != 1)}"
            message = f"this exception ends {when}, on {end.date()}"
            yield self.of_field(exception, "expires_at", message, help="decide whether it is still needed")
