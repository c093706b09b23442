"""`misspelled-annotation`."""

from collections.abc import Iterable
from difflib import get_close_matches

from bylaw.analysis.finding import Area, Confidence, Edit, Fix, Hit
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.model.diagnostics import Severity

_KNOWN = ("description", "enforcement", "expires", "id", "ignore", "owner", "severity")


class MisspelledAnnotation(PolicyRule):
    """An annotation that nearly means something.

    ## What it finds

    An annotation whose name is one or two letters away from one that has a meaning here. Others are yours to use.

    ## Why it matters

    Cedar takes any annotation. `@enforcment("log_only")` is one that nobody reads, so the policy that was to be tried out is in
    force; `@expire("2026-06-30")` is a date that nobody watches.

    ## Example

    ```cedar
    @enforcment("log_only")
    forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
    ```

    ## Instead

    ```cedar
    @enforcement("log_only")
    forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
    ```

    ## Fix safety

    Unsafe: the annotation begins to have its meaning.
    """

    id = "misspelled-annotation"
    area = Area.OWNERSHIP
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    since = "0.1.0"

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """Every near miss."""
        present = {annotation.name for annotation in view.statement.annotations}
        for annotation in view.statement.annotations:
            if annotation.name in _KNOWN:
                continue
            close = get_close_matches(annotation.name, _KNOWN, 1, 0.8)
            if close and close[0] not in present:
                message = f"`@{annotation.name}` has no meaning, `@{close[0]}` has"
                start = annotation.start + 1
                edit = Edit(start, start + len(annotation.name), close[0])
                hit = self.at(
                    view, annotation.start, annotation.end, message, subject=annotation.name, help="correct the name"
                )
                fixable = view.source(edit.start, edit.end) == annotation.name
                yield hit._replace(fix=Fix(view.policy.path, "correct the name", (edit,)) if fixable else None)
