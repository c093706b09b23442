"""`string-in-set`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Edit, Fix, Hit
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, Boolean, Call, Expression, Long, Record, Set, String
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity

_VALUES = (String, Long, Boolean, Call, Record)


class StringInSet(NodeRule[Binary]):
    """Membership of a value asked with `in`.

    ## What it finds

    `in` with a string, a number or another plain value on either side, alone or in a set.

    ## Why it matters

    `in` asks about the entity hierarchy. With a plain value it is a type error, and a policy that errors is skipped: a `forbid`
    written like this forbids nothing. Without a schema no validator says so. It is the commonest real bypass there is.

    ## Example

    ```cedar
    forbid (principal, action == Action::"pay", resource) when { context.region in ["cn", "ru"] };
    ```

    ## Instead

    ```cedar
    forbid (principal, action == Action::"pay", resource) when { ["cn", "ru"].contains(context.region) };
    ```

    ## Fix safety

    Unsafe: a policy that always errored begins to decide.
    """

    id = "string-in-set"
    area = Area.CORRECTNESS
    severity = Severity.ERROR
    since = "0.1.0"
    operators = ("in",)

    def check(self, node: Binary, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A plain value beside `in`."""
        del site
        elements = node.right.elements if isinstance(node.right, Set) else (node.right,)
        plain = next((part for part in (*elements, node.left) if isinstance(part, _VALUES)), None)
        if plain is None:
            return ()
        message = f"`in` asks about entities, so {code(expression_text(plain))} makes it an error"
        if not view.is_permit:
            message += ", and this forbid does not apply"
        remedy = "ask a set: `[…].contains(x)`" if isinstance(node.right, Set) else "compare with `==`"
        return (self.on(view, node, message, help=remedy, fix=_fix(node, view)),)


def _fix(node: Binary, view: PolicyView) -> Fix | None:
    options, tested = node.right, node.left
    if not isinstance(options, Set) or isinstance(tested, _VALUES) or not _plain_between(tested, options, view):
        return None
    replacement = f"{_source(options, view)}.contains({_source(tested, view)})"
    return Fix(view.policy.path, "ask the set", (Edit(tested.start, options.end, replacement),))


def _plain_between(left: Expression, right: Expression, view: PolicyView) -> bool:
    """Whether nothing but the operator stands between: no comment, no bracket that would be torn apart."""
    return view.source(left.end, right.start).strip() == "in"


def _source(node: Expression, view: PolicyView) -> str:
    return view.source(node.start, node.end)
