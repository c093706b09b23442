"""`number-as-string`."""

import re
from collections.abc import Iterable

from bylaw.analysis.finding import Area, Confidence, Hit
from bylaw.analysis.paths import last_name
from bylaw.analysis.patterns import literals
from bylaw.analysis.rule import NodeRule, Option
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, Expression, Like, String
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_WORDS = (
    *("age", "amount", "balance", "cost", "count", "level", "limit"),
    *("price", "quantity", "risk", "score", "size", "tier", "total"),
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


class NumberAsString(NodeRule[Binary | Like]):
    """A quantity compared as text.

    ## What it finds

    An attribute with the name of a quantity (`amount`, `max_count`, `riskScore`) compared with a string of digits.

    ## Why it matters

    Text knows no order and no equality of numbers: `"100"`, `"0100"` and `"100.0"` are three values. Where the attribute is a
    number, the comparison is simply false.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource) when { context.amount == "100" };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource) when { context.amount <= 100 };
    ```
    """

    id = "number-as-string"
    area = Area.CORRECTNESS
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    since = "0.1.0"
    nodes = (Like,)
    operators = ("==", "!=")
    options = (
        Option(
            "words",
            _WORDS,
            "words in the name of an attribute that make it a quantity",
        ),
    )

    def check(self, node: Binary | Like, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A quantity against digits in quotes."""
        del site
        if isinstance(node, Like):
            if not self._is_quantity(node.base) or not all(_NUMBER.fullmatch(part) for part in literals(node.pattern)):
                return ()
            compared = node.base
        else:
            text, compared = (node.right, node.left) if isinstance(node.right, String) else (node.left, node.right)
            if not isinstance(text, String) or not _NUMBER.fullmatch(text.value) or not self._is_quantity(compared):
                return ()
        message = f"{code(expression_text(compared))} is compared as text, not as a number"
        return (
            self.on(view, node, message, help="make it a `Long` or a `decimal` in the schema, and compare with `<=`"),
        )

    def _is_quantity(self, expression: Expression) -> bool:
        name = last_name(expression)
        return name is not None and any(word.lower() in self.words("words") for word in _WORD.findall(name))
