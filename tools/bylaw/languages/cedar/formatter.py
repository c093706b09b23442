"""The house style: the engine's own formatter at 80 columns and two blanks, comments kept, one newline at the end.

One statement at a time: the engine's formatter takes time by the square of what it is given. It removes trailing commas and the
comments around them with it, so commas before a comment are removed here first; and should a comment still get lost, the text
stays as it is.
"""

from bylaw.languages.cedar.engine import format_text
from bylaw.languages.cedar.lexer import comments, tokenize
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
    if "//" not in text:
        return _ended(format_text(text))
    formatted = _ended(format_text(_without_trailing_commas(text)))
    return formatted if _remarks(formatted) == _remarks(text) else text


def _ended(text: str) -> str:
    return text.rstrip("\n") + "\n"


def _without_trailing_commas(text: str) -> str:
    texts, starts = tokenize(text)
    kept, done = [], 0
    for word, following, place in zip(texts, texts[1:], starts, strict=False):
        if word == "," and following in {")", "]", "}"}:
            kept.append(text[done:place])
            done = place + 1
    return "".join((*kept, text[done:]))


def _remarks(text: str) -> list[str]:
    return [comment.text.rstrip() for comment in comments(text)]
