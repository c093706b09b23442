"""Suggested cases: written like a person would, few, and true to what they claim when they are read back."""

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import make_solver
from bylaw.evaluation.interface import EntityData, Json, Request
from bylaw.evaluation.values import Reading
from bylaw.model.decisions import Answer, Decision, PolicyError
from bylaw.model.identifiers import AppId, EntityUid, PolicyId
from bylaw.pipeline import measuring
from bylaw.pipeline.settling import NOT_VALID, prover
from bylaw.pipeline.suggesting import Suggested, suggest
from bylaw.pipeline.suites import CedarRun
from bylaw.reporting.mutation import mutation_text
from bylaw.reporting.suggestions import suggested_yaml, suggestions_text
from bylaw.repository.documents.loading import load_document
from bylaw.testing.documents import EntityFixture, SuiteDocument
from bylaw.testing.drafts import Draft, Surroundings, draft_of, plain
from bylaw.testing.gaps import gaps
from bylaw.testing.loading import fixture_files
from bylaw.testing.measure import measure
from bylaw.testing.mutation import Fate
from bylaw.testing.suggest import MAX_NAME, document_of, suite_text, title, unique
from bylaw.testing.trials import Goal, Strictness, Trial, attributed, reached, smallest
from bylaw.testing.vocabulary import vocabulary_of
from tools.testing.desk import POLICIES, Loaded, load, suite

OPTIONS = Options(make_solver)
AGENT, TICKET = "Desk::Agent", "Desk::Ticket"
PAY = EntityUid("Desk::Action", "pay")
ONE_CASE = """
- name: paying
  request: {principal: ann, action: pay, resource: plan, context: cheap}
  expect: {decision: allow}
"""


def suggested(app: Loaded, options: Options = OPTIONS) -> Suggested:
    run = CedarRun(AppId("desk"), app.program, app.run(), app.diagnostics)
    return suggest(run, app.app, measuring.coverage(run), measuring.mutation(run), options, date(2026, 3, 2))


def pasted(found: Suggested) -> Loaded:
    """The desk with the suggested suite beside the others."""
    name = found.suggestions.path.rpartition("/")[2]
    return load({"suite.yaml": suite(ONE_CASE), name: suggested_yaml(found.suggestions)})


def test_what_is_suggested_kills_every_mutant_and_closes_every_gap() -> None:
    app = load({"suite.yaml": suite(ONE_CASE)})
    found = suggested(app)

    again = pasted(found)

    assert again.diagnostics == () or {item.code for item in again.diagnostics} == {"unused-fixture"}
    assert again.run().all_passed
    after = CedarRun(AppId("desk"), again.program, again.run(), ())
    survivors = {result.mutant.id for result in measuring.mutation(after).survivors}
    equivalent = {r.mutant.id for r in found.mutation.results if r.fate is Fate.EQUIVALENT}
    assert survivors <= equivalent
    assert gaps(measuring.coverage(after)) == found.suggestions.unreachable
    assert found.suggestions.unmet == ()


def test_each_test_does_what_it_says_and_no_test_is_superfluous() -> None:
    found = suggested(load({"suite.yaml": suite(ONE_CASE)}))

    killed = [mutant.id for test in found.suggestions.tests for mutant in test.kills]
    assert len(killed) == len(set(killed))
    assert set(killed) == {result.mutant.id for result in found.mutation.survivors}
    assert all(test.kills or test.closes for test in found.suggestions.tests)
    assert len(found.suggestions.tests) < len(killed)


def test_where_nothing_is_missing_nothing_is_suggested() -> None:
    app = load({"suite.yaml": suite(ONE_CASE)})

    again = suggested(pasted(suggested(app)))

    assert again.suggestions.tests == ()
    assert again.mutation.score.percent == 100
    assert "no case to suggest" in suggestions_text(again.suggestions).plain


def test_out_of_time_survivors_stay_and_are_told() -> None:
    found = suggested(load({"suite.yaml": suite(ONE_CASE)}), Options(make_solver, in_time=lambda: False))

    assert found.suggestions.tests == ()
    assert len(found.suggestions.unmet) > found.mutation.unproven > 0
    assert all(result.unproven for result in found.mutation.survivors)
    assert "not settled" in mutation_text(found.mutation).plain
    assert "the time of the run was up" in suggestions_text(found.suggestions).plain


def test_policies_that_are_not_valid_prove_nothing() -> None:
    app = load(
        {"suite.yaml": suite(ONE_CASE)}, policies={"p": "permit (principal, action, resource) when { principal.x };"}
    )

    assert prover(app.program, OPTIONS) is None
    assert {one.reason for one in suggested(app).suggestions.unmet} == {NOT_VALID}


def test_policies_and_schema_decide_what_is_suggested_and_not_the_order_of_runs() -> None:
    app = load({"suite.yaml": suite(ONE_CASE)})

    assert suggested_yaml(suggested(app).suggestions) == suggested_yaml(suggested(app).suggestions)


def test_a_name_that_is_taken_is_not_used_again() -> None:
    app = load({"suite.yaml": suite(ONE_CASE).replace("suite: desk", "suite: suggested"), "suggested-2.yaml": "{}"})

    assert suggested(app).suggestions.path == "tests/policies/desk/suggested-3.yaml"


def test_every_gap_of_a_policy_is_named_with_its_place() -> None:
    app = load({"suite.yaml": suite(ONE_CASE)}, policies={"limits/pay-small": POLICIES["limits/pay-small"]})

    found = gaps(measure(app.program, app.run().results))

    assert [(gap.level, gap.text, str(gap.span)) for gap in found] == [
        ("clause", "`when { context.amount <= 100 && principal.level >= 2 }` is false", "policies/desk/limits/pay-small.cedar:2:1"),
        ("condition", "`context.amount <= 100` is false", "policies/desk/limits/pay-small.cedar:2:8"),
        ("condition", "`principal.level >= 2` is false", "policies/desk/limits/pay-small.cedar:2:33"),
    ]  # fmt: skip


# --- drafts ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"__extn": {"fn": "decimal", "arg": "500.0000"}}, "500.00"),
        ({"__extn": {"fn": "decimal", "arg": "0.0001"}}, "0.0001"),
        ({"__extn": {"fn": "decimal", "arg": "-12.3400"}}, "-12.34"),
        ({"__extn": {"fn": "datetime", "arg": "2027-01-01T00:00:00.000Z"}}, "2027-01-01T00:00:00Z"),
        ({"__extn": {"fn": "datetime", "arg": "2027-01-01T00:00:00.250Z"}}, "2027-01-01T00:00:00.250Z"),
        ({"__extn": {"fn": "ip", "arg": "10.0.0.1"}}, "10.0.0.1"),
        ({"__entity": {"type": AGENT, "id": "ann"}}, {"type": AGENT, "id": "ann"}),
        ([{"a": [{"__entity": {"type": AGENT, "id": "ann"}}]}], [{"a": [{"type": AGENT, "id": "ann"}]}]),
        (7, 7),
        (True, True),
    ],
)
def test_values_are_written_as_suites_write_them(value: Json, written: Json) -> None:
    assert plain(value) == written


def test_a_value_that_no_literal_stands_for_keeps_its_call() -> None:
    far: Json = {"__extn": {"fn": "offset", "args": [{"__extn": {"fn": "datetime", "arg": "1970-01-01"}}, "1d"]}}

    assert plain(far) == far


def ticket(owner: str) -> EntityData:
    labels: list[Json] = []
    return EntityData(
        EntityUid(TICKET, "ticket-1"), {"owner": {"__entity": {"type": AGENT, "id": owner}}, "labels": labels}, {}, ()
    )


EXAMPLE = Concrete(
    Request(EntityUid(AGENT, "agent-1"), PAY, EntityUid(TICKET, "ticket-1"), {"amount": 100}),
    (
        EntityData(EntityUid(AGENT, "agent-1"), {"level": 2}, {}, ()),
        EntityData(EntityUid(AGENT, "agent-2"), {"level": 0}, {}, ()),
        ticket("agent-2"),
    ),
)


def test_an_example_brings_everything_itself() -> None:
    draft = draft_of(EXAMPLE)

    assert isinstance(draft.principal, EntityFixture)
    assert (draft.principal.id, draft.principal.attrs) == ("agent-1", {"level": 2})
    assert [entity.id for entity in draft.entities] == ["agent-2"]
    assert Surroundings(()).test(draft) == {
        "entities": {"other-1": {"type": AGENT, "id": "agent-2", "attrs": {"level": 0}}},
        "request": {
            "principal": {"type": AGENT, "id": "agent-1", "attrs": {"level": 2}},
            "action": 'Desk::Action::"pay"',
            "resource": {
                "type": TICKET,
                "id": "ticket-1",
                "attrs": {"owner": {"type": AGENT, "id": "agent-2"}, "labels": []},
            },
            "context": {"amount": 100},
        },
    }


def test_fixtures_of_the_right_type_stand_for_whatever_they_can() -> None:
    surroundings = Surroundings(fixture_files(load({"suite.yaml": suite(ONE_CASE)}).app))
    asked: list[Draft] = []

    def keeps(draft: Draft) -> bool:
        asked.append(draft)
        return draft.principal != "ann" and draft.context != "calm"

    found = surroundings.familiar(draft_of(EXAMPLE), keeps)

    assert (found.principal, found.resource, found.context, found.entities) == ("bob", "plan", "rush", ())
    assert "job" not in [draft.principal for draft in asked]
    assert [file.path for file in surroundings.used([found])] == ["tests/policies/desk/fixtures.yaml"]
    assert surroundings.request(found).principal == EntityUid(AGENT, "bob")


def test_two_fixtures_that_refer_to_each_other_are_taken_together() -> None:
    surroundings = Surroundings(fixture_files(load({}).app))

    def keeps(draft: Draft) -> bool:
        return (draft.principal, draft.resource) == ("bob", "vault")

    found = surroundings.familiar(draft_of(EXAMPLE), keeps)

    assert (found.principal, found.resource, found.context) == ("bob", "vault", {"amount": 100})


def test_where_no_fixture_will_do_the_draft_stays_as_it_is() -> None:
    draft = draft_of(EXAMPLE)

    assert Surroundings(fixture_files(load({}).app)).familiar(draft, lambda _: False) == draft


def test_of_two_files_that_use_one_name_the_first_is_used() -> None:
    other = f'principals: {{ann: {{type: "{AGENT}", id: other}}, zoe: {{type: "{AGENT}", id: zoe}}}}'
    surroundings = Surroundings(fixture_files(load({"people.yaml": other}).app))

    assert [file.path for file in surroundings.files] == ["tests/policies/desk/fixtures.yaml"]
    assert "zoe" not in surroundings.fixtures.principals


# --- the suite ---------------------------------------------------------------------------------------------------------------


def trial(answer: Answer, strictness: Strictness = Strictness.BY, goals: frozenset[Goal] = frozenset()) -> Trial:
    return Trial(draft_of(EXAMPLE), answer, strictness, goals)


BY = Answer(Decision.ALLOW, (PolicyId("a"), PolicyId("b")), ())
NOTHING = Answer(Decision.DENY, (), (PolicyError(PolicyId("e"), "overflow"),))


@pytest.mark.parametrize(
    ("answer", "strictness", "expect"),
    [
        (BY, Strictness.DECISION, {"decision": "allow", "by": ["a", "b"]}),
        (BY, Strictness.BY, {"decision": "allow", "by": ["a", "b"]}),
        (BY, Strictness.EXACTLY, {"decision": "allow", "exactly": ["a", "b"]}),
        (NOTHING, Strictness.DECISION, {"decision": "deny", "errors": ["e"]}),
        (NOTHING, Strictness.EXACTLY, {"decision": "deny", "exactly": [], "errors": ["e"]}),
    ],
)
def test_a_test_expects_what_the_policies_answer(answer: Answer, strictness: Strictness, expect: Json) -> None:
    written = document_of(trial(answer, strictness), "name", Surroundings(()), vocabulary_of(load({}).program))

    assert written["expect"] == expect
    request = written["request"]
    assert isinstance(request, dict)
    assert request["action"] == "pay"


def test_a_name_tells_the_story() -> None:
    deny = Answer(Decision.DENY, (PolicyId("limits/cap"),), ())

    assert title(trial(BY), ()) == "pay by agent-1 is allowed by a, b"
    assert title(trial(NOTHING), ()) == "pay by agent-1 is denied, as nothing permits it"
    read = (Reading("context.amount", "501"), Reading("context.note", None), Reading("context.more", "1"))
    assert (
        title(trial(deny), read)
        == "pay by agent-1 is denied by limits/cap: context.amount is 501; context.note is absent"
    )
    assert len(title(trial(deny), [Reading("x" * 400, "1")])) <= MAX_NAME


def test_names_are_told_apart() -> None:
    assert unique(["a", "b", "a", "a"]) == ("a", "b", "a (2)", "a (3)")
    assert {len(name) for name in unique(["x" * MAX_NAME] * 2)} == {MAX_NAME}


GOALS = st.lists(st.frozensets(st.sampled_from("abcdefgh"), min_size=1), max_size=8)


@given(GOALS)
def test_the_smallest_set_reaches_everything_and_holds_nothing_superfluous(sets: list[frozenset[str]]) -> None:
    trials = [trial(BY, goals=frozenset[Goal](goals)) for goals in sets]

    chosen = smallest(trials)

    assert reached(chosen) == reached(trials)
    assert all(attributed(chosen))
    for left_out in range(len(chosen)):
        assert reached(chosen[:left_out] + chosen[left_out + 1 :]) != reached(trials)


HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_a_suite_reads_back_as_what_was_written_whatever_is_in_it(name: str, id_: str, value: str) -> None:
    test: dict[str, Json] = {
        "name": f"n{name}",
        "request": {
            "principal": {"type": AGENT, "id": id_, "attrs": {"nick": value}},
            "action": "pay",
            "resource": "plan",
            "context": {"note": value},
        },
        "expect": {"decision": "deny"},
    }

    text = suite_text("suggested", ["fixtures.yaml"], [test, test], [["first"], ["second", "third"]])

    assert yaml.safe_load(text)["tests"] == [test, test]
    assert text.count("  # ") == 3
    assert all(char == "\n" or char.isprintable() for char in text)
    document, problems = load_document(SuiteDocument, text, "suggested.yaml")
    assert problems == ()
    assert document is not None


def test_comments_hold_no_line_of_their_own() -> None:
    policies = {
        "p": 'permit (principal, action, resource) when { context has note && context.note == "a\\n- x: \\u{202e}" };'
    }
    app = load({"suite.yaml": suite(ONE_CASE)}, policies=policies)

    text = suggested_yaml(suggested(app).suggestions)

    assert "\u202e" not in text
    assert all(line.startswith(("#", "  ", "suite:", "about:", "use:", "tests:")) for line in text.splitlines())
