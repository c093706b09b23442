"""Test files of the Cedar command line become suites that say the same."""

import json
from typing import Any

import pytest

from bylaw.testing.import_cedar import import_suite
from tools.testing.desk import Loaded, load

POLICIES = {
    "jane-vacation": 'permit (principal == User::"alice", action == Action::"view", resource in Album::"jane_vacation");',
    "owners": "permit (principal, action, resource) when { resource.owner == principal };",
}
IDS = {"policy0": "jane-vacation", "policy1": "owners"}


def entity(type_: str, id_: str, parents: tuple[tuple[str, str], ...] = (), **attrs: object) -> dict[str, Any]:
    return {"uid": {"type": type_, "id": id_}, "attrs": attrs, "parents": [{"type": t, "id": i} for t, i in parents]}


def case_of(decision: str, *reason: str, called: str | None = None, errors: int = 0, **more: object) -> dict[str, Any]:
    request = {"principal": 'User::"alice"', "action": 'Action::"view"', "resource": 'Photo::"p"', "context": {}}
    entities = [entity("User", "alice"), entity("Action", "view"), entity("Album", "jane_vacation")]
    photo = entity("Photo", "p", (("Album", "jane_vacation"),) if decision == "allow" else (), owner=uid("User", "bob"))
    case = {
        "request": request,
        "entities": [*entities, photo],
        "decision": decision,
        "reason": list(reason),
        "num_errors": errors,
    }
    return {**case, **({"name": called} if called else {}), **more}


def uid(type_: str, id_: str) -> dict[str, Any]:
    return {"__entity": {"type": type_, "id": id_}}


def imported(tests: object, **options: object) -> tuple[Loaded, list[str]]:
    """The imported suite in an app, and what the importer said."""
    text = tests if isinstance(tests, str) else json.dumps(tests)
    found, problems = import_suite(text, "tests.json", suite="imported", policy_ids=IDS, **options)  # type: ignore[arg-type]
    assert found is not None, problems
    loaded = load({"suite.yaml": found, "fixtures.yaml": "contexts: {}\n"}, policies=POLICIES, schema=None)
    assert loaded.diagnostics == ()
    return loaded, [problem.message for problem in problems]


def test_an_imported_suite_passes_as_the_original_does() -> None:
    loaded, said = imported([case_of("allow", "policy0", called="in the album"), case_of("deny")])

    assert said == []
    assert [(r.case.name, r.status) for r in loaded.run().results] == [
        ("imported > in the album", "passed"),
        ("imported > test 2", "passed"),
    ]


def test_shared_entities_belong_to_the_suite_and_bare_actions_to_the_schema() -> None:
    found, _ = import_suite(json.dumps([case_of("allow"), case_of("deny")]), "t.json", suite="s", policy_ids=IDS)

    assert found == (
        "# yaml-language-server: $schema=../../../schemas/documents/suite.schema.json\n"
        "suite: s\n"
        "about: imported from t.json\n"
        "entities:\n"
        "  shared-1: {type: User, id: alice}\n"
        "  shared-2: {type: Album, id: jane_vacation}\n"
        "tests:\n"
        "  - name: test 1\n"
        "    entities:\n"
        "      own-1:\n"
        "        type: Photo\n"
        "        id: p\n"
        "        attrs:\n"
        "          owner:\n"
        "            __entity: {type: User, id: bob}\n"
        "        parents:\n"
        "          - {type: Album, id: jane_vacation}\n"
        "    request:\n"
        "      principal: {type: User, id: alice}\n"
        "      action: 'Action::\"view\"'\n"
        "      resource: {type: Photo, id: p}\n"
        "    expect: {decision: allow}\n"
        "  - name: test 2\n"
        "    entities:\n"
        "      own-1:\n"
        "        type: Photo\n"
        "        id: p\n"
        "        attrs:\n"
        "          owner:\n"
        "            __entity: {type: User, id: bob}\n"
        "    request:\n"
        "      principal: {type: User, id: alice}\n"
        "      action: 'Action::\"view\"'\n"
        "      resource: {type: Photo, id: p}\n"
        "    expect: {decision: deny}\n"
    )


def test_a_wrong_reason_fails_after_the_import_too() -> None:
    loaded, _ = imported([case_of("allow", "policy1")])

    assert [result.status for result in loaded.run().results] == ["failed"]


def test_errors_are_counted() -> None:
    case = case_of("deny", errors=1)
    case["entities"] = [one for one in case["entities"] if one["uid"]["type"] != "Photo"]

    assert imported([case])[0].run().ok


def test_older_files_say_that_nothing_errors() -> None:
    case = case_of("allow", has_error=False)
    del case["num_errors"]

    assert imported([case])[0].run().ok


def test_entities_can_stand_in_a_file_of_their_own() -> None:
    case = case_of("allow")
    file = json.dumps(case["entities"])

    loaded, said = imported([{**case, "entities": "entity.json"}], files={"entity.json": file})

    assert said == []
    assert loaded.run().ok


def test_names_are_made_unique() -> None:
    loaded, _ = imported([case_of("allow", called="same"), case_of("deny", called="same")])

    assert [case.test for case in loaded.suites[0].cases] == ["same", "same (2)"]


def test_values_survive_whatever_they_look_like() -> None:
    values = [
        "no",
        "1e3",
        "0x1F",
        "~",
        "2026-01-01",
        "a: b",
        "- a",
        "#x",
        "",
        " x ",
        "\n",
        "ü",
        "{now}",
        "*",
        "true",
        "'",
    ]
    request = {**case_of("deny")["request"], "context": {"values": values, "n": 9223372036854775807, "b": True}}

    loaded, _ = imported([{**case_of("deny"), "request": request}])

    assert loaded.suites[0].cases[0].request.context == request["context"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"request": None}, "test 1: `request` is not an object"),
        ({"request": {"principal": "alice"}}, "test 1: `request.context` is not an object"),
        (
            {"request": {**case_of("deny")["request"], "principal": "alice"}},
            "test 1: `request.principal` is not an entity",
        ),
        ({"request": {**case_of("deny")["request"], "action": 7}}, "test 1: `request.action` is not an entity"),
        ({"decision": "what"}, "test 1: `decision` is none of allow, deny"),
        ({"reason": "policy0"}, "test 1: `reason` is not a list"),
        ({"reason": [7]}, "test 1: `reason` is not a list of policy ids"),
        ({"num_errors": True}, "test 1: `num_errors` is missing, or is not a count"),
        ({"entities": {}}, "test 1: `entities` is not a list"),
        ({"entities": [7]}, "test 1: an entity has no `uid`"),
        ({"entities": [{"uid": "x"}]}, "test 1: an entity reference has no type and id"),
        (
            {"entities": [{"uid": {"type": "T", "id": "i"}, "attrs": []}]},
            "test 1: `attrs` of an entity is not an object",
        ),
        ({"entities": "missing.json"}, "test 1: the entity file `missing.json` is not at hand"),
        ({"entities": "broken.json"}, "test 1: the entity file `broken.json` is not valid JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_test_that_cannot_be_read_is_told_and_the_rest_imported(change: dict[str, Any], message: str) -> None:
    loaded, said = imported([{**case_of("allow"), **change}, case_of("allow")], files={"broken.json": "["})

    assert said == [message]
    assert [case.test for case in loaded.suites[0].cases] == ["test 2"]


def test_a_missing_key_is_told() -> None:
    case = case_of("allow")
    del case["reason"]

    assert imported([case, "not a test", case_of("deny")])[1] == [
        "test 1: `reason` is missing",
        "test 2: not an object",
    ]


@pytest.mark.parametrize("text", ["{", "{}", '[{"a": 1, "a": 2}]', "[" * 100_000])
def test_a_file_that_is_no_list_of_tests_is_refused(text: str) -> None:
    found, problems = import_suite(text, "tests.json", suite="s", policy_ids={})

    assert found is None
    assert [problem.code for problem in problems] == ["bad-json"]
