"""`name-not-portable`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule, Need
from bylaw.analysis.wording import code
from bylaw.model.diagnostics import Severity
from bylaw.model.identifiers import PolicyRef
from bylaw.model.spans import Span


class NameNotPortable(AppRule):
    """A policy name that a target will not take.

    ## What it finds

    A policy or link whose full name, `app/area/policy`, is longer than a target of the app accepts.

    ## Why it matters

    The target refuses it when it is applied, or cuts it, and then two policies may end up with one name.

    ## Example

    `refunds/limits/amounts/cap-refund-for-agents-without-a-second-approver.cedar`, for a target that takes 48 characters.

    ## Instead

    `refunds/limits/cap-without-approver.cedar`
    """

    id = "name-not-portable"
    area = Area.PORTABILITY
    severity = Severity.ERROR
    since = "0.1.0"
    needs = (Need.LIMITS,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every name over the limit of a target."""
        limited = [(t.target, t.max_name_length) for t in app.limits if t.max_name_length is not None]
        for ref, span in _named(app):
            for target, limit in limited:
                if len(str(ref)) > limit:
                    message = f"the name {code(str(ref))} has {len(str(ref))} characters, limit {limit} on `{target}`"
                    yield self.beside(span, message, subject=str(target), help="shorten the file name", policy=ref)


def _named(app: AppContext) -> Iterator[tuple[PolicyRef, Span]]:
    for policy in app.program.policies:
        # A template is deployed by its links only.
        if not policy.statement.is_template:
            yield policy.ref, policy.span(*policy.statement.head)
    for link in app.program.links:
        yield link.ref, link.span
