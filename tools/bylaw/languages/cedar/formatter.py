"""The house style: the engine's own formatter at 80 columns and two blanks, comments kept, one newline at the end."""

from bylaw.languages.cedar.engine import format_text
from bylaw.model.errors import InternalError

_MOST_ROUNDS = 4


def is_formatted(text: str) -> bool:
    """Whether a statement is in the house style already; one call of the engine, where formatting may take several."""
    return f"{format_text(text).rstrip()}\n" == text


def format_statement(text: str) -> str:
    """One statement that our parser has accepted, in the house style. Formatting what it returns changes nothing."""
    for _ in range(_MOST_ROUNDS):
        formatted = format_text(text).rstrip("\n") + "\n"
        if formatted == text:
            return text
        text = formatted
    raise InternalError("the formatter does not settle on this policy")
