"""An example is one harmless line that says what matters of it."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.analysis.proven import Witness
from bylaw.analysis.witness_text import MAX_LINE, MAX_PART, witness_line
from bylaw.evaluation.interface import EntityData, Json, Request
from bylaw.languages.cedar.parser import parse_statement
from bylaw.model.identifiers import EntityUid
from bylaw.reporting.hostile import code_span, message

ANN, PAY, TILL = EntityUid("Agent", "ann"), EntityUid("Action", "pay"), EntityUid("Tool", "till")
HEAD = 'principal Agent::"ann", action Action::"pay", resource Tool::"till"'


def witness(context: Mapping[str, Json], *entities: EntityData) -> Witness:
    return Witness(Request(ANN, PAY, TILL, context), entities)


def line(context: Mapping[str, Json], *entities: EntityData, policy: str | None = None, missing: bool = False) -> str:
    statement = parse_statement(policy, "p").statement if policy else None
    shown = witness_line(witness(context, *entities), statement, missing=missing)
    assert shown.startswith("`")
    assert shown.endswith("`")
    return shown[1:-1]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (501, "501"),
        (True, "true"),
        ("a\nb", r'"a\nb"'),
        ([1, 2], "[1, 2]"),
        ({}, "{}"),
        ({"__entity": {"type": "Human", "id": "bo"}}, 'Human::"bo"'),
        ({"__extn": {"fn": "decimal", "arg": "1.5"}}, 'decimal("1.5")'),
        (
            {
                "__extn": {
                    "fn": "offset",
                    "args": [
                        {"__extn": {"fn": "datetime", "arg": "1970-01-01"}},
                        {"__extn": {"fn": "duration", "arg": "1ms"}},
                    ],
                }
            },
            'datetime("1970-01-01").offset(duration("1ms"))',
        ),
    ],
)
def test_a_value_is_written_as_in_a_policy(value: Json, shown: str) -> None:
    assert line({"amount": value}) == f"{HEAD}, context.amount = {shown}"


def test_records_are_written_by_their_leaves() -> None:
    context: dict[str, Json] = {"input": {"to": {"name": "x"}, "odd name": 1, "if": 2}}

    assert (
        line(context) == f'{HEAD}, context.input["if"] = 2, context.input["odd name"] = 1, context.input.to.name = "x"'
    )


def test_entities_follow_the_request_principal_first() -> None:
    group, boss = EntityUid("Team", "ops"), EntityUid("Human", "bo")
    entities = (
        EntityData(boss, {"suspended": True}, {}, ()),
        EntityData(TILL, {"risk": 3}, {}, ()),
        EntityData(ANN, {"tier": 1}, {"env": "prod"}, (group,)),
    )

    assert line({}, *entities) == (
        f'{HEAD}, principal.tier = 1, principal.getTag("env") = "prod", principal in Team::"ops", '
        'resource.risk = 3, Human::"bo".suspended = true'
    )


def test_what_the_policy_does_not_read_is_left_out() -> None:
    context: dict[str, Json] = {"input": {"amount": 5, "note": "x"}, "now": "later", "whole": {"a": 1}}
    till = EntityData(TILL, {"risk": 3, "host": "h"}, {"env": "prod"}, ())
    policy = (
        "forbid (principal, action, resource) when { context.input.amount > resource.risk && context.whole == {a: 1} };"
    )

    assert line(context, till, policy=policy) == (
        f"{HEAD}, context.input.amount = 5, context.whole.a = 1, resource.risk = 3"
    )


def test_tags_are_shown_to_a_policy_that_reads_any() -> None:
    ann = EntityData(ANN, {}, {"env": "prod"}, ())
    policy = 'forbid (principal, action, resource) when { principal.hasTag("x") };'

    assert line({}, ann, policy=policy) == f'{HEAD}, principal.getTag("env") = "prod"'


def test_missing_entities_come_first_where_they_are_the_point() -> None:
    boss: Json = {"__entity": {"type": "Human", "id": "bo"}}
    till = EntityData(TILL, {"owners": [boss]}, {}, ())

    assert line({}, till, missing=True) == (
        f'Agent::"ann" missing, Human::"bo" missing, {HEAD}, resource.owners = [Human::"bo"]'
    )


def test_much_of_it_is_cut_with_the_number_of_what_is_left_out() -> None:
    shown = line({f"field{number:02}": "x" * 500 for number in range(50)})

    assert len(shown) <= MAX_LINE + MAX_PART
    assert all(len(part) <= MAX_PART for part in shown.split(", "))
    assert shown.startswith(HEAD)
    assert shown.endswith("more")


texts = st.text(max_size=12) | st.sampled_from(["`", "\n", "\u202e", "::error::x", "\x1b[31m", "a`b`c", '"', "\\"])
json_values: st.SearchStrategy[Json] = st.recursive(
    st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(texts, json_values, max_size=4), texts)
def test_no_value_breaks_out_of_the_line(context: dict[str, Json], name: str) -> None:
    till = EntityData(EntityUid("Tool", name), context, {name: name}, ())
    asked = Request(EntityUid("Agent", name), PAY, till.uid, context)

    shown = witness_line(Witness(asked, (till,)), missing=True)

    assert shown.isprintable()
    assert shown.count("`") == 2
    assert message(f"it errs: {shown}") == f"it errs: {code_span(shown[1:-1])}"
