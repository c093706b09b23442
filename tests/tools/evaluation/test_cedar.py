"""Decisions of Cedar policies."""

import json

import pytest

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.evaluation.interface import EntityData, Evaluator, MalformedRequestError, Request
from bylaw.model.decisions import Answer, Decision
from bylaw.model.identifiers import EntityUid, PolicyId
from tools.contracts.evaluator_contract import EvaluatorContract
from tools.evaluation.cedar_programs import link, policy, program, schema

SCHEMA = """
entity Group in [Group];
entity User in [Group] = { age: Long, nick?: String } tags String;
entity Doc = { owner: User };
action any;
action read, write in [any] appliesTo { principal: [User], resource: [Doc], context: { locked: Bool, cost?: decimal } };
"""
POLICIES = {
    "broken": 'permit (principal, action == Action::"write", resource) when { resource.owner.age > 3 };',
    "closed": 'forbid (principal, action == Action::"read", resource) when { context.locked };',
    "open": 'permit (principal, action == Action::"read", resource);',
}
ANN, BOB, DOC = EntityUid("User", "ann"), EntityUid("User", "bob"), EntityUid("Doc", "plan")


def ask(action: str = "read", principal: EntityUid = ANN, **context: object) -> Request:
    return Request(principal, EntityUid("Action", action), DOC, {"locked": False, **context})  # type: ignore[dict-item]


def user(uid: EntityUid, age: object = 40, *groups: str, **tags: str) -> EntityData:
    return EntityData(uid, {"age": age}, tags, tuple(EntityUid("Group", group) for group in groups))  # type: ignore[dict-item]


def stable(*entities: dict[str, object]) -> str:
    return json.dumps(entities)


class TestCedarEvaluator(EvaluatorContract):
    @pytest.fixture
    def evaluator(self) -> Evaluator:
        return CedarEvaluator.of(program(POLICIES, SCHEMA))

    @pytest.fixture
    def read(self) -> Request:
        return ask()

    @pytest.fixture
    def locked_read(self) -> Request:
        return ask(locked=True)

    @pytest.fixture
    def write(self) -> Request:
        return ask("write")

    @pytest.fixture
    def malformed(self) -> Request:
        return ask(principal=EntityUid("Robot", "r"))

    @pytest.fixture
    def entity(self) -> EntityData:
        return user(BOB)

    @pytest.fixture
    def malformed_entity(self) -> EntityData:
        return user(BOB, age="hunter2")


class TestSlicedCedarEvaluator(TestCedarEvaluator):
    @pytest.fixture
    def evaluator(self) -> Evaluator:
        found = program(POLICIES, SCHEMA)
        return CedarEvaluator(found.policies, found.links, found.schema, found.entities_json, slice_above=0)


def test_a_log_only_policy_does_not_decide() -> None:
    policies = {**POLICIES, "closed": f'@enforcement("log_only")\n{POLICIES["closed"]}'}

    evaluator = CedarEvaluator.of(program(policies, SCHEMA))

    assert evaluator.decide([ask(locked=True)], ()) == (Answer(Decision.ALLOW, (PolicyId("open"),)),)


def test_links_decide_under_their_own_ids_even_if_they_look_like_the_engines() -> None:
    template = policy("template", 'permit (principal == ?principal, action == Action::"write", resource);')
    links = (link("policy0", template, principal=ANN), link("policy1", template, principal=BOB))
    evaluator = CedarEvaluator([template, policy("open", POLICIES["open"])], links, schema(SCHEMA))

    answers = evaluator.decide([ask("write"), ask("write", BOB), ask()], ())

    assert [answer.determining for answer in answers] == [("policy0",), ("policy1",), ("open",)]


def test_the_links_of_a_log_only_template_do_not_decide() -> None:
    template = policy("template", '@enforcement("log_only") permit (principal == ?principal, action, resource);')

    evaluator = CedarEvaluator([template], (link("one", template, principal=ANN),), schema(SCHEMA))

    assert evaluator.decide([ask()], ())[0].decision is Decision.DENY


def test_a_template_without_links_decides_nothing() -> None:
    template = policy("template", "permit (principal == ?principal, action, resource);")

    assert CedarEvaluator([template], (), schema(SCHEMA)).decide([ask()], ())[0].decision is Decision.DENY


def test_equal_policies_under_two_ids_both_determine() -> None:
    evaluator = CedarEvaluator.of(program({"first": POLICIES["open"], "second": POLICIES["open"]}, SCHEMA))

    assert evaluator.decide([ask()], ())[0].determining == ("first", "second")


def test_actions_are_in_their_groups_although_no_entity_says_so() -> None:
    evaluator = CedarEvaluator.of(program({"open": 'permit (principal, action in Action::"any", resource);'}, SCHEMA))

    assert evaluator.decide([ask("write")], ())[0].decision is Decision.ALLOW


def test_a_given_entity_replaces_the_stable_one_and_a_bare_one_does_not() -> None:
    base = stable({"uid": {"type": "User", "id": "ann"}, "attrs": {"age": 5}, "parents": []})
    grown = {"grown": "permit (principal, action, resource) when { principal.age >= 18 };"}
    young = CedarEvaluator.of(program(grown, SCHEMA, entities=base))

    replaced = young.decide([ask()], [user(ANN, 18)])
    kept = young.decide([ask()], [EntityData(ANN, {}, {}, ())])

    assert [replaced[0].decision, kept[0].decision] == [Decision.ALLOW, Decision.DENY]
    assert kept[0].errors == ()


def test_a_given_entity_reaches_the_groups_of_the_stable_ones() -> None:
    base = stable(
        {"uid": {"type": "Group", "id": "team"}, "attrs": {}, "parents": [{"type": "Group", "id": "staff"}]},
        {"uid": {"__entity": {"type": "Group", "id": "staff"}}, "attrs": {}, "parents": []},
    )
    policies = {"staff": 'permit (principal in Group::"staff", action, resource);'}
    found = program(policies, SCHEMA, entities=base)

    for limit in (0, 100):
        evaluator = CedarEvaluator(found.policies, (), found.schema, found.entities_json, slice_above=limit)
        decisions = [
            answer.decision for answer in evaluator.decide([ask(), ask(principal=BOB)], [user(ANN, 1, "team")])
        ]
        assert decisions == [Decision.ALLOW, Decision.DENY]


def test_without_a_schema_decisions_are_still_made() -> None:
    evaluator = CedarEvaluator.of(program(POLICIES))

    assert evaluator.decide([ask()], ())[0].decision is Decision.ALLOW


@pytest.mark.parametrize(
    ("request_", "part"),
    [
        (ask(principal=EntityUid("Robot", "r")), "principal type `Robot` is not declared"),
        (ask("delete"), 'action `Action::"delete"` does not exist'),
        (ask(locked="hunter2"), 'the context is not valid for `Action::"read"`'),
        (ask(extra=1), "`extra` should not exist"),
        (ask(cost="1.23456"), "decimal"),
        (ask(principal=EntityUid("not a type", "hunter2")), "principal"),
    ],
    ids=["type", "action", "context", "key", "literal", "uid"],
)
def test_a_malformed_request_says_what_is_wrong_without_echoing_it(request_: Request, part: str) -> None:
    evaluator = CedarEvaluator.of(program(POLICIES, SCHEMA))

    with pytest.raises(MalformedRequestError) as raised:
        evaluator.decide([request_], ())

    assert part in raised.value.message
    assert "hunter2" not in raised.value.message
    assert "\n" not in raised.value.message


def test_malformed_stable_entities_are_refused_at_once() -> None:
    base = stable({"uid": {"type": "User", "id": "ann"}, "attrs": {"age": "hunter2"}, "parents": []})

    with pytest.raises(MalformedRequestError) as raised:
        CedarEvaluator.of(program(POLICIES, SCHEMA, entities=base))

    assert "hunter2" not in raised.value.message


def test_one_uid_given_twice_with_different_content_is_refused() -> None:
    evaluator = CedarEvaluator.of(program(POLICIES, SCHEMA))

    with pytest.raises(MalformedRequestError, match="duplicate"):
        evaluator.decide([ask()], [user(ANN, 1), user(ANN, 2)])


def test_ids_with_every_kind_of_character_are_told_apart() -> None:
    names = ['a"b', "a\\", "`policy0`: ", "\u202e", "\n", "'", "💥", ""]
    evaluator = CedarEvaluator.of(
        program({"p": "permit (principal, action, resource) when { principal.age > 1 };"}, SCHEMA)
    )
    entities = [user(EntityUid("User", name), 2 * number) for number, name in enumerate(names)]

    answers = evaluator.decide([ask(principal=entity.uid) for entity in entities], entities)

    assert [answer.decision for answer in answers] == [Decision.DENY, *[Decision.ALLOW] * (len(names) - 1)]


def test_an_error_names_its_policy_although_an_id_looks_like_the_engines_sentence() -> None:
    evil = EntityUid("User", "x` : error while evaluating policy `policy7`: ")
    evaluator = CedarEvaluator.of(
        program({"p": 'permit (principal, action, resource) when { principal.nick == "" };'}, SCHEMA)
    )

    (answer,) = evaluator.decide([ask(principal=evil)], [user(evil)])

    assert [error.policy for error in answer.errors] == ["p"]
