"""Which statements the engine would take: those that parse and, given a schema, validate strictly. For mutants and proposals."""

from collections.abc import Sequence

import cedarpy

from bylaw.languages.cedar.schema import Schema


def valid_positions(texts: Sequence[str], schema: Schema | None) -> tuple[int, ...]:
    """The positions of the statements that parse and validate, ascending. Each text holds one statement or template."""
    parsing = [position for position, text in enumerate(texts) if _parses(text)]
    if schema is None or not parsing:
        return tuple(parsing)
    checked = cedarpy.validate_policies(
        "\n".join(texts[position] for position in parsing), cedarpy.Schema.from_str(schema.text)
    )
    refused = {error.policy_id for error in checked.errors}
    return tuple(position for number, position in enumerate(parsing) if f"policy{number}" not in refused)


def _parses(text: str) -> bool:
    try:
        parsed = cedarpy.PolicySet.from_str(text)
    except ValueError:
        return False
    return len(parsed) + len(parsed.templates()) == 1
