"""The house style keeps meaning and comments, and settles at once."""

import pytest
from hypothesis import given, settings

from bylaw.languages.cedar import formatter
from bylaw.languages.cedar.formatter import format_statement, is_formatted
from bylaw.languages.cedar.lexer import comments
from bylaw.model.errors import InternalError
from tools.languages.cedar.est import engine_trees
from tools.strategies.cedar_policies import policy_texts

SCOPE = "permit(principal,action,resource)"

STORIES = {
    "blanks": (f"{SCOPE};", "permit (principal, action, resource);\n"),
    "already formatted": ("permit (principal, action, resource);\n", "permit (principal, action, resource);\n"),
    "a scope longer than a line": (
        'permit(principal in Team::"operations-and-reliability",action==Action::"read-everything",resource);',
        'permit (\n  principal in Team::"operations-and-reliability",\n  action == Action::"read-everything",\n  resource\n);\n',
    ),
    "annotations": (f'@id("a")@owner("b"){SCOPE};', '@id("a")\n@owner("b")\npermit (principal, action, resource);\n'),
    "a clause": (f"{SCOPE}when{{context.a<1}};", "permit (principal, action, resource)\nwhen { context.a < 1 };\n"),
    "line ends": (f"{SCOPE}\r\nwhen{{true}};\r\n\r\n", "permit (principal, action, resource)\nwhen { true };\n"),
    "leading and trailing comments": (f"// a\n{SCOPE}; // b\n// c", "// a\npermit (principal, action, resource); // b\n// c\n"),
    "blanks at the end of a comment": (f"{SCOPE}; // a \u00a0\t\n", "permit (principal, action, resource); // a\n"),
    "escapes stay as written": (
        SCOPE + r'when{context["a"]=="\u{41}"};',
        'permit (principal, action, resource)\nwhen { context["a"] == "\\u{41}" };\n',
    ),
    "a trailing comma goes, its comment stays": (
        f'{SCOPE}when{{["de", // Germany\n"fr", // France\n].contains(context.a)}};',
        (
            "permit (principal, action, resource)\nwhen\n{\n  "
            '["de", // Germany\n   "fr" // France\n  ].contains\n    (\n      context.a\n    )\n};\n'
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_a_statement_is_put_into_the_house_style(story: str) -> None:
    text, expected = STORIES[story]

    assert format_statement(text) == expected
    assert is_formatted(text) == (text == expected)


@settings(max_examples=300, deadline=None)
@given(policy_texts())
def test_formatting_keeps_meaning_and_settles(text: str) -> None:
    formatted = format_statement(text)

    assert engine_trees(formatted) == engine_trees(text)
    assert format_statement(formatted) == formatted
    assert is_formatted(formatted)
    assert formatted.endswith(("\n", "\r"))
    assert is_formatted(text) == (formatted == text)


@settings(max_examples=300, deadline=None)
@given(policy_texts())
def test_no_comment_is_lost(text: str) -> None:
    formatted = format_statement(text)

    assert [comment.text.rstrip() for comment in comments(formatted)] == [
        comment.text.rstrip() for comment in comments(text)
    ]


AROUND_COMMAS = {
    "before the comma": f"{SCOPE}when{{[1 // a\n,].contains(1)}};",
    "behind the comma": f"{SCOPE}when{{[1, // a\n].contains(1)}};",
    "on both sides": f"{SCOPE}when{{[1 // a\n, // b\n].contains(1)}};",
    "in a record": f"{SCOPE}when{{{{a:1, // a\n}}=={{}}}};",
    "in the arguments": f"{SCOPE}when{{context.a.contains(1, // a\n)}};",
    "in the scope": "permit(principal,action,resource, // a\n);",
    "in the actions": 'permit(principal,action in[Action::"a", // a\n],resource);',
}


@pytest.mark.parametrize("story", AROUND_COMMAS)
def test_a_comment_at_a_trailing_comma_is_kept(story: str) -> None:
    formatted = format_statement(AROUND_COMMAS[story])

    assert formatted.count("// a") == 1
    assert formatted.count("//") == AROUND_COMMAS[story].count("//")


def test_a_text_whose_comments_would_get_lost_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatter, "format_text", lambda _text: "permit (principal, action, resource);\n")

    assert format_statement(f"// a\n{SCOPE};") == f"// a\n{SCOPE};"


def test_a_formatter_that_never_settles_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatter, "format_text", lambda text: f" {text}")

    with pytest.raises(InternalError, match="does not settle"):
        format_statement(f"{SCOPE};")


def test_what_the_parser_refuses_is_not_formatted() -> None:
    with pytest.raises(InternalError, match="our parser refuses"):
        format_statement(f"{SCOPE}when{{{'(' * 60}true{')' * 60}}};")
