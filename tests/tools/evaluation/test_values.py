"""What a condition read, as an author would write it."""

import pytest

from bylaw.evaluation.engine import Engine
from bylaw.evaluation.interface import EntityData, Request
from bylaw.evaluation.messages import MAX_LENGTH, sanitised, split_policy_error
from bylaw.evaluation.values import readings
from bylaw.languages.cedar.parser import parse_expression
from bylaw.model.identifiers import EntityUid

ANN, BOSS, DOC = EntityUid("User", "ann"), EntityUid("User", "boss"), EntityUid("Doc", "d")
ENTITIES = (
    EntityData(
        ANN,
        {"manager": {"__entity": {"type": "User", "id": "boss"}}, "level": 3, "odd key": True},
        {"role": "clerk"},
        (),
    ),
    EntityData(BOSS, {"level": 9, "manager": {"type": "User", "id": "nobody"}}, {}, ()),
)
REQUEST = Request(
    ANN,
    EntityUid("Action", "view"),
    DOC,
    {
        "input": {"amount": 900, "tags": ["a", "b"], "price": {"__extn": {"fn": "decimal", "arg": "1.50"}}},
        "record": {"type": "x", "id": "y", "more": 1},
        "text": 'say "hi"',
        "who": {"type": "User", "id": "boss"},
    },
)


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("context.input.amount > 100", ["context.input.amount = 900"]),
        ("context.input.amount > context.input.limit", ["context.input.amount = 900", "context.input.limit is absent"]),
        ("context.input has limit", ["context.input.limit is absent"]),
        ("context has input.amount", ["context.input.amount = 900"]),
        ('context.input.tags.contains("a")', ['context.input.tags = ["a", "b"]']),
        ('context.input.price.lessThan(decimal("1.0"))', ['context.input.price = decimal("1.50")']),
        ('context.text like "x*"', ['context.text = "say \\"hi\\""']),
        ("principal.level > 1", ["principal.level = 3"]),
        ("principal.manager.level > principal.level", ["principal.manager.level = 9", "principal.level = 3"]),
        ("context.who.level == 9", ["context.who.level = 9"]),
        ("context.record.type == context.record.id", ['context.record.type = "x"', 'context.record.id = "y"']),
        ("context.who", ['context.who = User::"boss"']),
        ("principal.manager.manager.level > 1", ["principal.manager.manager.level is absent"]),
        ('principal["odd key"]', ['principal["odd key"] = true']),
        ('principal.hasTag("role")', ['principal.getTag("role") = "clerk"']),
        ('principal.getTag("team") == "x"', ['principal.getTag("team") is absent']),
        ('principal in Group::"g"', ['principal = User::"ann"']),
        ("resource == action", ['resource = Doc::"d"', 'action = Action::"view"']),
        ("resource.owner == 1", ["resource.owner is absent"]),
        ("context == {}", []),
        ("context.input.amount + context.input.amount > 1", ["context.input.amount = 900"]),
        ("principal.getTag(context.text) == 1", ['principal = User::"ann"', 'context.text = "say \\"hi\\""']),
        ("context.input == {}", ['context.input = {amount: 900, tags: ["a", "b"], price: decimal("1.50")}']),
    ],
)
def test_a_condition_shows_what_it_read(condition: str, values: list[str]) -> None:
    expression = parse_expression(condition).expression
    assert expression is not None

    assert [str(reading) for reading in readings(expression, REQUEST, Engine((), None).store(ENTITIES))] == values


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (
            'failed to build request: context `{a: "secret"}` is not valid for `A::"b"`',
            'the context is not valid for `A::"b"`',
        ),
        ("failed to build request: while parsing context, found a `null`", "found a `null`"),
        ("two\nlines\tand \u202e tricks", "two lines and tricks"),
        (
            'uid: failed to parse escape `__entity`: {\n "id": "secret"\n}, errors: unexpected token',
            "uid: failed to parse escape `__entity`, errors: unexpected token",
        ),
    ],
)
def test_messages_of_the_engine_are_made_fit_to_print(message: str, shown: str) -> None:
    assert sanitised(message) == shown


def test_long_messages_are_cut_in_the_middle() -> None:
    shown = sanitised("a" * 300 + "b" * 300)

    assert len(shown) <= MAX_LENGTH + 3
    assert shown.startswith("aaa")
    assert shown.endswith("bbb")


@pytest.mark.parametrize("sentence", ["something else", "error while evaluating policy `mine`: overflow"])
def test_a_sentence_of_another_form_names_no_policy(sentence: str) -> None:
    assert split_policy_error(sentence) is None
