"""`long-or-chain`."""

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise

from bylaw.analysis.chains import is_outermost, operands
from bylaw.analysis.finding import Area, Edit, Fix, Hit, Proof
from bylaw.analysis.literals import literal_of
from bylaw.analysis.paths import path_of
from bylaw.analysis.rule import NodeRule, Option
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, Entity, Expression, Long, String
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity


class LongOrChain(NodeRule[Binary]):
    """A list written as a chain of comparisons.

    ## What it finds

    One attribute compared with `min` or more constants, joined by `||`.

    ## Why it matters

    A set says the same in one step: shorter to read, faster to evaluate, and flat. The engine recurses along a chain, so a long one
    comes near the depth at which policies are refused.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource)
    when { context.region == "de" || context.region == "fr" || context.region == "it" };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { ["de", "fr", "it"].contains(context.region) };
    ```

    ## Fix safety

    Safe: both texts have one normal form. The attribute is read either way, so what errors, errors in both. Offered where the
    constants are all strings, all numbers, or all entities of one type, because other sets do not validate, and where no comment
    would be lost.
    """

    id = "long-or-chain"
    area = Area.STYLE
    severity = Severity.NOTE
    since = "0.1.0"
    operators = ("||",)
    options = (Option("min", 3, "from how many comparisons on a chain is long"),)

    def check(self, node: Binary, site: Site, view: PolicyView) -> Iterable[Hit]:
        """Runs of comparisons of one path."""
        if not is_outermost(node, site.parent):
            return
        parts = operands(node, "||")
        if len(parts) < self.number("min"):
            return
        for path, run in _runs(parts):
            if path is not None and len(run) >= self.number("min"):
                message = f"{len(run)} comparisons of {code(path)} make a list"
                hit = self.at(
                    view,
                    run[0].start,
                    run[-1].end,
                    message,
                    subject=_subject(run),
                    help=f"write `[…].contains({path})`",
                )
                yield hit._replace(fix=_fix(path, run, view))


def _runs(parts: tuple[Expression, ...]) -> Iterator[tuple[str | None, list[Expression]]]:
    for path, run in groupby(parts, _path):
        yield path, list(run)


def _path(part: Expression) -> str | None:
    if isinstance(part, Binary) and part.operator == "==" and literal_of(part.right) is not None:
        return path_of(part.left)
    return None


def _subject(run: list[Expression]) -> str:
    return " || ".join(expression_text(part) for part in run)


def _fix(path: str, run: list[Expression], view: PolicyView) -> Fix | None:
    start, end = run[0].start, run[-1].end
    values = [part.right for part in run if isinstance(part, Binary)]
    kinds = {
        v.type if isinstance(v, Entity) else type(v).__name__ for v in values if isinstance(v, Entity | String | Long)
    }
    if len(kinds) != 1 or len({type(v) for v in values}) != 1 or not _is_plain(run, view):
        return None
    listed = ", ".join(view.source(value.start, value.end) for value in values)
    return Fix(view.policy.path, "write a set", (Edit(start, end, f"[{listed}].contains({path})"),), Proof.NORMAL_FORM)


def _is_plain(run: list[Expression], view: PolicyView) -> bool:
    """Whether nothing but operators stands between the operands: no comment to lose, no bracket to tear apart."""
    sides = [side for part in run if isinstance(part, Binary) for side in (part.left, part.right)]
    return all(view.source(one.end, other.start).strip() in {"||", "=="} for one, other in pairwise(sides))
