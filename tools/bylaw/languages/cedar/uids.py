"""Entity literals in documents: `Type::"id"` as text to a value."""

from bylaw.languages.cedar.ast import Entity
from bylaw.languages.cedar.parser import parse_expression
from bylaw.model.identifiers import EntityUid


def parse_uid(text: str) -> EntityUid | None:
    """Read `Path::Type::"id"`; none where `text` is anything else."""
    expression, _ = parse_expression(text)
    return EntityUid(expression.type, expression.id) if isinstance(expression, Entity) else None
