"""Tests of a text, in bodies and in headers."""

from collections.abc import Callable
from typing import TypeAlias

from bylaw.languages.http_rules.model import Contains, Prefix, Regex, Suffix, TextTest
from bylaw.languages.portable_regex import compile_regex
from bylaw.model.dialects import Dialect

TextPredicate: TypeAlias = Callable[[str], bool]


def text_predicate(test: TextTest, dialect: Dialect) -> TextPredicate:
    """What a test asks of a text; with regard to case.

    Raises:
        RegexError: an expression that does not compile.
    """
    match test:
        case Prefix(text):
            return lambda found: found.startswith(text)
        case Suffix(text):
            return lambda found: found.endswith(text)
        case Contains(text):
            return lambda found: text in found
        case Regex(pattern):
            return compile_regex(pattern, dialect).found_in
