"""`@expires("2026-06-30")`: the last day on which a policy is meant to be there."""

from datetime import UTC, date

from bylaw.languages.cedar.annotations import parse_moment
from bylaw.languages.cedar.ast import Annotation, Statement


def expiry_of(statement: Statement) -> tuple[Annotation | None, date | None]:
    """The annotation and its day; the reader of annotations complains about text that is none."""
    for annotation in statement.annotations:
        if annotation.name == "expires":
            moment = parse_moment(annotation.value)
            return annotation, moment.astimezone(UTC).date() if moment else None
    return None, None
