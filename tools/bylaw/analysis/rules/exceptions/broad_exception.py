"""`broad-exception`."""

from collections.abc import Iterable
from datetime import date

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import ExceptionRule
from bylaw.languages.exceptions import PolicyException
from bylaw.model.diagnostics import Severity


class BroadException(ExceptionRule):
    """An exception from a whole policy.

    ## What it finds

    An exception that names neither actions nor rules.

    ## Why it matters

    It lifts everything that the policy says about somebody; few tasks need that.

    ## Example

    ```yaml
    policy: limits
    reason: more claims than usual after the storm
    approver: ann@example.com
    agent: bot
    expires_at: 2026-04-15T00:00:00Z
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

    id = "broad-exception"
    area = Area.EXCEPTIONS
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, exception: PolicyException, today: date) -> Iterable[Hit]:  # noqa: ARG002 - of those that ask what day it is
        """Neither actions nor rules."""
        document = exception.document
        if document.actions is None and document.rules is None:
            message = f"this exception lifts everything that `{exception.policy}` says"
            yield self.of_field(exception, "policy", message, help="name the actions that it is needed for")
