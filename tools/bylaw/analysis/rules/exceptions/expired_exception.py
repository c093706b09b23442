"""`expired-exception`."""

from collections.abc import Iterable
from datetime import date

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import ExceptionRule
from bylaw.languages.exceptions import PolicyException
from bylaw.model.diagnostics import Severity


class ExpiredException(ExceptionRule):
    """An exception that is over.

    ## What it finds

    An exception whose `expires_at` has passed.

    ## Why it matters

    It takes no part any more: the reconciler leaves it out and says so. The file says otherwise.

    ## Example

    ```yaml
    policy: limits
    reason: more claims than usual after the storm
    approver: ann@example.com
    agent: bot
    actions: [pay]
    expires_at: 2026-02-01T00:00:00Z
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

    id = "expired-exception"
    area = Area.EXCEPTIONS
    severity = Severity.ERROR
    since = "0.1.0"

    def check(self, exception: PolicyException, today: date) -> Iterable[Hit]:
        """An end that lies before today."""
        end = exception.document.expires_at
        if end is not None and end.date() < today:
            message = f"this exception ended on {end.date()}"
            yield self.of_field(exception, "expires_at", message, help="remove the file, or have it approved anew")
