"""The house style: the engine's own formatter at 80 columns and two blanks, comments kept, one newline at the end.

One statement at a time: the engine's formatter takes time by the square of what it is given.
"""

from bylaw.languages.cedar.engine import format_text
from bylaw.model.errors import InternalError

_MOST_ROUNDS = 4


def is_formatted(text: str) -> bool:
    """Whether a statement is in the house style already; one call of the engine, where formatting may take several."""
    return _once(text) == text


def format_statement(text: str) -> str:
    """One statement that our parser has accepted, in the house style. Formatting what it returns changes nothing.

    Raises:
        InternalError: the parser has not accepted it, or the formatter does not settle on it.
    """
    for _ in range(_MOST_ROUNDS):
        formatted = _once(text)
        if formatted == text:
            return text
        text = formatted
    raise InternalError("the formatter does not settle on this policy")


def _once(text: str) -> str:
    return format_text(text).rstrip("\n") + "\n"
