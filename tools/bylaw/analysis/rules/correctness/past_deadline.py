"""`past-deadline`."""

from collections.abc import Iterable
from datetime import UTC, datetime

from bylaw.analysis.bounds import Interval, bound_of
from bylaw.analysis.finding import Area, Confidence, Hit
from bylaw.analysis.paths import last_name, path_of
from bylaw.analysis.rule import NodeRule, Option
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, Call, Expression
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity


class PastDeadline(NodeRule[Binary]):
    """A window in time that has closed.

    ## What it finds

    The current time compared with a point in time that has passed, so that the comparison cannot hold any more. The current time
    is known by its name.

    ## Why it matters

    A `permit` with it is dead weight that looks like a grant. A `forbid` with it, a freeze say, is over, and perhaps should not
    be.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.now < datetime("2024-01-01") };
    ```

    ## Instead

    Remove the policy or move the date. To have a policy reported before it ends, give it `@expires("2024-01-01")`.
    """

    id = "past-deadline"
    area = Area.CORRECTNESS
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    since = "0.1.0"
    operators = ("<", "<=", ">", ">=")
    options = (
        Option(
            "names",
            ("now", "time", "timestamp", "current_time", "currentTime"),
            "attributes that hold the current time",
        ),
    )

    def check(self, node: Binary, site: Site, view: PolicyView) -> Iterable[Hit]:
        """An upper bound on the present that lies in the past."""
        del site
        if not isinstance(node.right, Call) and not isinstance(node.left, Call):
            return ()
        bound = bound_of(node)
        if bound is None or bound.domain != "datetime" or not isinstance(bound.allowed, Interval):
            return ()
        today = view.facts.today
        start = int(datetime(today.year, today.month, today.day, tzinfo=UTC).timestamp()) * 1000
        if bound.allowed.high is None or bound.allowed.high >= start or not self._is_now(node):
            return ()
        message = f"{code(expression_text(node))} cannot hold any more: the date has passed"
        return (self.on(view, node, message, help="remove what the window was for, or move the date"),)

    def _is_now(self, node: Binary) -> bool:
        return any(self._names_now(side) for side in (node.left, node.right))

    def _names_now(self, side: Expression) -> bool:
        return path_of(side) is not None and last_name(side) in self.words("names")
