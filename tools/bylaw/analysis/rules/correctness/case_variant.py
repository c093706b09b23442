"""`case-variant`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.bounds import OneOf, bound_of
from bylaw.analysis.chains import is_outermost, operands
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, Expression, Method, Set, String
from bylaw.model.diagnostics import Severity


class CaseVariant(NodeRule[Binary | Method]):
    """The same word in two spellings.

    ## What it finds

    Alternatives for one attribute that differ in upper and lower case only.

    ## Why it matters

    Cedar compares strings exactly. Listing `DE` and `de` shows that callers spell it differently; the third spelling, `De`, slips
    past a `forbid`. The place to settle it is where the value enters.

    ## Example

    ```cedar
    forbid (principal, action == Action::"pay", resource) when { context.region == "CN" || context.region == "cn" };
    ```

    ## Instead

    Let the gateway send one spelling, and compare that:

    ```cedar
    forbid (principal, action == Action::"pay", resource) when { context.region == "cn" };
    ```
    """

    id = "case-variant"
    area = Area.CORRECTNESS
    severity = Severity.WARNING
    since = "0.1.0"
    operators = ("||",)
    methods = ("contains",)

    def check(self, node: Binary | Method, site: Site, view: PolicyView) -> Iterable[Hit]:
        """Two alternatives equal but for case."""
        if isinstance(node, Binary) and not is_outermost(node, site.parent):
            return
        seen: dict[tuple[str, str], str] = {}
        for path, part, text in _alternatives(node):
            first = seen.setdefault((path, text.casefold()), text)
            if first != text:
                message = f"{code(text)} and {code(first)} differ in case only"
                yield self.on(
                    view, part, message, help="have the value normalised where it enters, and compare one spelling"
                )


def _alternatives(node: Binary | Method) -> Iterator[tuple[str, Expression, str]]:
    """Path, place and text of every string that is offered."""
    if isinstance(node, Method):
        if isinstance(node.receiver, Set):
            yield from (("", e, e.value) for e in node.receiver.elements if isinstance(e, String))
        return
    for operand in operands(node, "||"):
        bound = bound_of(operand) if isinstance(operand, Binary) else None
        if bound and bound.domain == "string" and isinstance(bound.allowed, OneOf):
            yield from ((bound.path, operand, str(value)) for value in bound.allowed.values)
