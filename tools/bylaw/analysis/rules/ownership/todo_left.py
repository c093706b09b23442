"""`todo-left`."""

import re
from collections.abc import Iterable, Iterator

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.analysis.wording import code
from bylaw.languages.cedar.lexer import comments
from bylaw.model.diagnostics import Severity

_MARKS = ("TODO", "FIXME", "XXX", "HACK")
_MARK = re.compile(rf"\b({'|'.join(_MARKS)})\b")


class TodoLeft(PolicyRule):
    """A policy that is not finished.

    ## What it finds

    A comment, description or other annotation with `TODO`, `FIXME`, `XXX` or `HACK`.

    ## Why it matters

    What is merged is enforced. A limit that somebody still wanted to think about is a limit that nobody has thought about.

    ## Example

    ```cedar
    // TODO: ask legal whether 500 is right
    forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
    ```

    ## Instead

    Do it, or open an issue and name it: `// 500 until issue 214 is decided`.
    """

    id = "todo-left"
    area = Area.OWNERSHIP
    severity = Severity.NOTE
    since = "0.1.0"

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """Every mark in a comment or annotation."""
        text = view.policy.text
        return self._report(text, view) if any(mark in text for mark in _MARKS) else ()

    def _report(self, text: str, view: PolicyView) -> Iterator[Hit]:
        places = [(comment.start, comment.end) for comment in comments(text)]
        places += [(annotation.start, annotation.end) for annotation in view.statement.annotations]
        for start, end in sorted(places):
            found = _MARK.search(text, start, end)
            if found is not None:
                shown = text[found.start() : end].rstrip('")')
                message = f"unfinished: {code(shown)}"
                remedy = "do it, or name the issue that tracks it"
                yield self.at(view, found.start(), found.end(), message, subject=shown, help=remedy)
