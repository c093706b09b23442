"""Placeholders: `{amount}` in a test stands for the value of a row, `{now}` for the clock of the suite."""

import json
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches

from bylaw.evaluation.interface import Json
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.spans import Span
from bylaw.testing.documents import PLACEHOLDER
from bylaw.testing.vocabulary import MAX_COMPARED

Route = tuple[str | int, ...]
Locate = Callable[[Route], Span]

MAX_FILLED = 1_000_000
"""Characters that the placeholders of one test and row may become: a small file must not grow into a large one."""

_PLACEHOLDER = re.compile(PLACEHOLDER)


class Substitution:
    """Fills placeholders of one test with one row. A placeholder that is a whole scalar keeps the type of the value.

    Args:
        values: What the names stand for.
        strict: Whether an unknown name is an error; otherwise the text stays as it is.
        locate: Turns a route into a span.
        problems: Takes what is wrong.
    """

    def __init__(self, values: Mapping[str, Json], locate: Locate, problems: Diagnostics, *, strict: bool) -> None:
        self._values = values
        self._locate = locate
        self._problems = problems
        self._strict = strict
        self._left = MAX_FILLED

    def value(self, value: Json, route: Route) -> Json:
        """`value` with every placeholder in it filled."""
        if isinstance(value, str):
            return self._scalar(value, route)
        if isinstance(value, Mapping):
            return {key: self.value(item, (*route, key)) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item, (*route, position)) for position, item in enumerate(value)]
        return value

    def text(self, value: str, route: Route) -> str | None:
        """A name with its placeholders filled; none, with a diagnostic, where that gives no text."""
        filled = self._scalar(value, route)
        if isinstance(filled, str):
            return filled
        message = f"`{value}` stands for {shown(filled)}, which is no name"
        self._problems.add(Diagnostic("bad-placeholder", message, self._locate(route), "give the row a text"))
        return None

    def _scalar(self, text: str, route: Route) -> Json:
        if "{" not in text:
            return text
        whole = _PLACEHOLDER.fullmatch(text)
        if whole is not None:
            return self._look_up(text, route)
        return _PLACEHOLDER.sub(lambda found: _inline(self._look_up(found[0], route)), text)

    def _look_up(self, placeholder: str, route: Route) -> Json:
        name = placeholder[1:-1]
        if name in self._values:
            return self._spent(self._values[name], route)
        if self._strict:
            near = get_close_matches(name, list(self._values)[:MAX_COMPARED], n=1)
            known = ", ".join(list(self._values)[:8]) or "nothing"
            remedy = f"did you mean `{{{near[0]}}}`?" if near else f"known here: {known}"
            message = f"no value for `{placeholder}`"
            self._problems.add(Diagnostic("unknown-placeholder", message, self._locate(route), remedy))
        return placeholder

    def _spent(self, value: Json, route: Route) -> Json:
        self._left -= len(_inline(value))
        if self._left >= 0:
            return value
        message = f"the placeholders of one row become more than {MAX_FILLED:,} characters"
        self._problems.add(
            Diagnostic("too-large", message, self._locate(route[:2]), "write smaller values, or fewer placeholders")
        )
        return ""


def _inline(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def shown(value: Json) -> str:
    """`value` in a few characters, for names and messages."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if text == "":
        return '""'
    return text if len(text) <= 40 else f"{text[:24]}…{text[-15:]}"
