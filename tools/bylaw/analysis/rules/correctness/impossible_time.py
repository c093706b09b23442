"""`impossible-time`."""

from collections.abc import Iterable

from bylaw.analysis.bounds import COMPARISONS, FLIPPED, Interval, OneOf, allowed_by, contradict
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.literals import literal_of
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, Expression, Method
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity

_DAY = Interval(0, 24 * 60 * 60 * 1000 - 1)


class ImpossibleTime(NodeRule[Binary]):
    """A time of day outside the day.

    ## What it finds

    `toTime()` compared with a duration that no time of day meets.

    ## Why it matters

    `toTime()` lies between `0ms` and just under `24h`. A comparison beyond that never holds, and a window meant to pass midnight
    is empty.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.now.toTime() > duration("25h") };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.now.toTime() < duration("1h") };
    ```
    """

    id = "impossible-time"
    area = Area.CORRECTNESS
    severity = Severity.WARNING
    since = "0.1.0"
    operators = COMPARISONS

    def check(self, node: Binary, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A comparison that no time of day meets."""
        del site
        if _is_time(node.left):
            literal, operator = literal_of(node.right), str(node.operator)
        elif _is_time(node.right):
            literal, operator = literal_of(node.left), FLIPPED[node.operator]
        else:
            return ()
        allowed = allowed_by(operator, literal) if literal and literal.domain == "duration" else None
        if not isinstance(allowed, Interval | OneOf) or not contradict(_DAY, allowed):
            return ()
        message = f"{code(expression_text(node))} never holds: a time of day is at least 0ms and less than 24h"
        return (self.on(view, node, message, help="compare within the day; a window past midnight is two windows"),)


def _is_time(expression: Expression) -> bool:
    return isinstance(expression, Method) and expression.name == "toTime"
