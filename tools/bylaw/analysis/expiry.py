"""`@expires("2026-06-30")`: the last day on which a policy is meant to be there."""

from datetime import date

from bylaw.languages.cedar.ast import Annotation, Statement


def expiry_of(statement: Statement) -> tuple[Annotation | None, date | None]:
    """The annotation and its date; the reader of annotations complains about text that is none."""
    for annotation in statement.annotations:
        if annotation.name == "expires":
            try:
                return annotation, date.fromisoformat(annotation.value[:10])
            except ValueError:
                return annotation, None
    return None, None
