"""What shares one count of calls."""

from decimal import Decimal
from typing import TypeAlias

from bylaw.evaluation.http_rules.bodies import Body, BodyState, Missing, Path
from bylaw.evaluation.http_rules.urls import Subject
from bylaw.languages.http_rules.model import Limit, Per
from bylaw.model.dialects import Dialect
from bylaw.model.exact import Json

LimitKey: TypeAlias = tuple[str, ...]
"""Unlike for unlike scopes."""

GLOBAL: LimitKey = ("global",)
UNKNOWN: LimitKey = ("unknown",)
"""Of every request whose field has no text; upstream, whatever the field."""


class KeyReader:
    """Tells the key of requests for one limit."""

    def __init__(self, limit: Limit, dialect: Dialect) -> None:
        self.reads_body = limit.per is Per.BODY_FIELD
        self._per = limit.per
        self._field = limit.field or ""
        self._path = Path(self._field.removeprefix("$.").split("."), dialect)
        self._dialect = dialect

    def key(self, subject: Subject, body: Body) -> LimitKey:
        """The key of a request; its body matters only where `reads_body`."""
        if self._per is Per.GLOBAL:
            return GLOBAL
        if self._per is Per.ENDPOINT:
            return ("endpoint", subject.host, *subject.templated)
        value = self._path.find(body.value) if body.state is BodyState.VALUE else None
        text = None if isinstance(value, Missing) else _text(value, self._dialect)
        return UNKNOWN if text is None else ("field", self._field, text)


def _text(value: Json, dialect: Dialect) -> str | None:
    """The text of a scalar; strictly, equal numbers have equal texts, or each spelling would have a count of its own."""
    match value:
        case None:
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return _decimal_text(value) if dialect is Dialect.STRICT else repr(float(value))
        case _:
            return None


def _decimal_text(value: Decimal) -> str:
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
