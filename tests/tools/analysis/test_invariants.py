"""Invariants from a source tree: what they are read into, and what is said, and where, of those that cannot be read."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from textwrap import dedent, indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.analysis.invariants import Always, Implies, Invariant, Never, Only, load_invariants
from bylaw.languages.cedar.loading import load_program
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarProgram
from bylaw.model.diagnostics import Diagnostic
from bylaw.repository.layout import App, load_repository
from bylaw.repository.trees import DiskTree, MemoryTree
from bylaw.testing.loading import load_suites
from bylaw.testing.vocabulary import vocabulary_of

SCHEMA = """
entity Team in [Team];
entity User in [Team] = { tier: Long, nick?: String };
entity Claim;
action Refund appliesTo { principal: [User], resource: [Claim], context: { amount: Long } };
action Approve appliesTo { principal: [User], resource: [Claim] };
"""
SMALL = 'permit (principal, action == Action::"Refund", resource) when { context.amount > 500 };'
ANY = "permit (principal, action, resource);"

WHOLE = """
version: 1
invariants:
  - id: refunds-stay-small
    description: nobody refunds more than 500
    never: permit (principal, action == Action::"Refund", resource) when { context.amount > 500 };
  - id: break-glass
    always: permit (principal in Team::"oncall", action == Action::"Approve", resource);
    open_world: true
  - id: only-managers-approve
    only:
      may: permit (principal, action == Action::"Approve", resource);
      satisfies: |
        permit (principal, action, resource)
        when { principal.tier >= 3 };  // of five
  - id: staging-within-production
    implies: other-app
"""


def shop(files: Mapping[str, str], *, schema: str | None = SCHEMA) -> tuple[App, CedarProgram]:
    """An app with `files` below its tests."""
    repository, problems = load_repository(
        MemoryTree(
            {
                "bylaw.yaml": "version: 1\nowner: example/policies\n",
                "policies/shop/app.yaml": "app: shop\nabout: refunds\nowners: [team]\n"
                + ("" if schema is None else "schema: schemas/shop.cedarschema\n"),
                **({} if schema is None else {"schemas/shop.cedarschema": schema}),
                "policies/shop/access/all.cedar": 'permit (principal, action == Action::"Approve", resource);\n',
                **{f"tests/policies/shop/{name}": text for name, text in files.items()},
            }
        )
    )
    assert not problems.has_errors, list(problems)
    return repository.by_id["shop"], load_program(repository.by_id["shop"])[0]


def read(files: Mapping[str, str], *, schema: str | None = SCHEMA) -> tuple[tuple[Invariant, ...], list[str]]:
    """The invariants, and each diagnostic in one line."""
    found, diagnostics = load_invariants(*shop(files, schema=schema))
    return found, [told(item) for item in diagnostics]


def told(item: Diagnostic) -> str:
    assert item.span is not None
    start, end = item.span.start, item.span.end
    to = f"-{end.column}" if start.line == end.line else ""
    place = f"{item.span.path.removeprefix('tests/policies/shop/')}:{start}{to}"
    return f"{item.severity} {item.code} {place} {item.message} / {item.help or '-'}"


def file(*invariants: str) -> str:
    """The text of a file of invariants."""
    items = "".join(indent(dedent(item).strip(), "    ").replace("    ", "  - ", 1) + "\n" for item in invariants)
    return f"version: 1\ninvariants:\n{items}"


def never(text: str) -> dict[str, str]:
    return {"a.invariants.yaml": file(f"id: one\nnever: {text}")}


def test_every_claim_is_read_into_its_type() -> None:
    found, problems = read({"all.invariants.yaml": WHOLE})

    assert problems == []
    assert [(item.id, type(item.claim), item.description, item.open_world) for item in found] == [
        ("refunds-stay-small", Never, "nobody refunds more than 500", False),
        ("break-glass", Always, None, True),
        ("only-managers-approve", Only, None, False),
        ("staging-within-production", Implies, None, False),
    ]
    assert {item.app for item in found} == {"shop"}


def test_an_invariant_stands_where_its_id_stands() -> None:
    found, _ = read({"all.invariants.yaml": WHOLE})

    assert [str(item.span) for item in found] == [
        f"tests/policies/shop/all.invariants.yaml:{line}:9" for line in (4, 7, 10, 16)
    ]


def test_a_statement_is_the_statement_of_its_text() -> None:
    (small, _, managers, implied), _ = read({"all.invariants.yaml": WHOLE})

    assert isinstance(small.claim, Never)
    assert small.claim.requests.text == SMALL
    assert small.claim.requests.statement == parse_statement(SMALL, "").statement
    assert str(small.claim.requests.span).endswith(":6:12")
    assert isinstance(managers.claim, Only)
    assert managers.claim.satisfies.text == ANY.replace(";", "\nwhen { principal.tier >= 3 };  // of five\n")
    may = 'permit (principal, action == Action::"Approve", resource);'
    assert managers.claim.may.statement == parse_statement(may, "").statement
    assert isinstance(implied.claim, Implies)
    assert implied.claim.app == "other-app"
    assert str(implied.claim.span).endswith(":17:14")


def test_invariants_come_by_file_and_place() -> None:
    files = {
        f"{name}.invariants.yaml": file(f"id: {key}-z\nnever: {SMALL}", f"id: {key}-a\nnever: {SMALL}")
        for name, key in (("z", "c"), ("a", "a"), ("area/b", "b"))
    }

    found, problems = read(files)

    assert problems == []
    assert [item.id for item in found] == ["a-z", "a-a", "b-z", "b-a", "c-z", "c-a"]


def test_suites_and_fixtures_are_no_invariants_and_invariants_are_no_suites() -> None:
    suite = (
        "suite: s\ntests:\n  - name: t\n    expect: {decision: allow}\n"
        "    request: {principal: {type: User, id: u, attrs: {tier: 1}}, action: Approve, resource: {type: Claim, id: c}}\n"
    )
    app, program = shop({"s.yaml": suite, "all.invariants.yaml": WHOLE, "notes.txt": "x", "old.invariants.yml": "x"})

    suites, problems = load_suites(app, vocabulary_of(program))
    found, others = load_invariants(app, program)

    assert ([item.name for item in suites], len(found)) == (["s"], 4)
    assert problems == ()
    assert others == ()


def test_a_suite_cannot_use_invariants_as_fixtures() -> None:
    app, program = shop({"s.yaml": "suite: s\nuse: [all.invariants.yaml]\ntests: []\n", "all.invariants.yaml": WHOLE})

    _, problems = load_suites(app, vocabulary_of(program))

    assert "unknown-fixture-file" in {item.code for item in problems}


def test_an_app_without_invariants_has_none() -> None:
    assert read({}) == ((), [])


def test_what_can_be_read_is_kept() -> None:
    files = {
        "a.invariants.yaml": file("id: bad\nnever: forbid (principal, action, resource);", f"id: good\nnever: {SMALL}"),
        "b.invariants.yaml": "version: 1\ninvariants: [\n",
        "c.invariants.yaml": file(f"id: also-good\nalways: {SMALL}"),
    }

    found, problems = read(files)

    assert [item.id for item in found] == ["good", "also-good"]
    assert len(problems) == 2


def test_an_only_with_one_bad_half_is_left_out() -> None:
    text = file(f"id: one\nonly:\n  may: {SMALL}\n  satisfies: permit (principal, action);")

    found, problems = read({"a.invariants.yaml": text})

    assert found == ()
    assert [line.split(" ", 3)[:3] for line in problems] == [["error", "cedar-syntax", "a.invariants.yaml:6:43-44"]]


DOCUMENTS = {
    "empty": ("", "empty-document {}:1:1-1 `tests/policies/shop/{}` is empty / write the document, or delete the file"),
    "comments alone": (
        "# nothing\n",
        "empty-document {}:1:1-1 `tests/policies/shop/{}` is empty / write the document, or delete the file",
    ),
    "no mapping": (
        "- 1\n",
        "invalid-value {}:1:1 ``: input should be an object / -",
    ),
    "bad YAML": (
        "version: 1\ninvariants: [\n",
        "yaml-syntax {}:3:1-2 not valid YAML: did not find expected node content / correct the document",
    ),
    "a tab": ("version: 1\n\tx: 1\n", "yaml-tab {}:2:1-2 a tab cannot indent YAML / indent with blanks"),
    "an anchor": (
        file(f"id: one\nnever: &a {SMALL}"),
        "yaml-alias {}:4:12-102 anchors and aliases are not allowed / write the value out",
    ),
    "an alias": (
        file("id: one\nnever: *a"),
        "yaml-alias {}:4:12-14 anchors and aliases are not allowed / write the value out",
    ),
    "a key twice": (
        file(f"id: one\nnever: {SMALL}\nnever: {SMALL}"),
        "duplicate-key {}:5:5-10 the key `never` occurs twice / keep one of the two",
    ),
    "no version": (
        "invariants: [{id: one, implies: two}]\n",
        "missing-key {}:1:1 `version` is missing / add `version:`",
    ),
    "another version": (
        "version: 2\ninvariants: [{id: one, implies: two}]\n",
        "invalid-value {}:1:10-11 `version`: input should be 1, not `2` / -",
    ),
    "an unknown key": (
        file(f"id: one\nnevver: {SMALL}"),
        "unknown-key {}:4:5-11 unknown key `nevver` in `invariants.0` / did you mean `never`?",
    ),
    "an unknown key of only": (
        file(f"id: one\nonly: {{may: '{SMALL}', satisfies: '{SMALL}', must: x}}"),
        "unknown-key {}:4:210-214 unknown key `must` in `invariants.0.only` / valid keys: may, satisfies",
    ),
    "half an only": (
        file(f"id: one\nonly:\n  may: {SMALL}"),
        "missing-key {}:5:7 `satisfies` is missing in `invariants.0.only` / add `satisfies:`",
    ),
    "no id": (file(f"never: {SMALL}"), "missing-key {}:3:5 `id` is missing in `invariants.0` / add `id:`"),
    "an id that is no slug": (
        file(f"id: One Two\nnever: {SMALL}"),
        "invalid-value {}:3:9-16 `invariants.0.id`: string should match pattern '^[a-z0-9]+(-[a-z0-9]+)*$', not `One Two` / -",
    ),
    "a text that is none": (
        file("id: one\nnever: 7"),
        "invalid-value {}:4:12-13 `invariants.0.never`: input should be a valid string, not `7` / -",
    ),
    "an open world that is none": (
        file(f"id: one\nnever: {SMALL}\nopen_world: maybe"),
        "invalid-value {}:5:17-22 `invariants.0.open_world`: input should be a valid boolean, not `maybe` / -",
    ),
    "no claim": (
        file("id: one\ndescription: nothing"),
        "no-claim {}:3:9-12 the invariant `one` claims nothing / give it `never`, `always`, `only` or `implies`",
    ),
    "a claim left empty": (
        file("id: one\nnever:"),
        "no-claim {}:3:9-12 the invariant `one` claims nothing / give it `never`, `always`, `only` or `implies`",
    ),
    "two claims": (
        file(f"id: one\nnever: {SMALL}\nimplies: other"),
        (
            "several-claims {}:3:9-12 the invariant `one` makes 2 claims: `never` and `implies`"
            " / keep one, and make the other an invariant with an id of its own"
        ),
    ),
    "an app that implies itself": (
        file("id: one\nimplies: shop"),
        "implies-itself {}:4:14-18 `one` says that the app implies itself / name another app",
    ),
    "an app that cannot be": (
        file("id: one\nimplies: Other/App"),
        (
            "invalid-value {}:4:14-23 `invariants.0.implies`: string should match pattern"
            " '^[a-z0-9]+(-[a-z0-9]+)*$', not `Other/App` / -"
        ),
    ),
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_a_bad_document_is_told_and_gives_nothing(case: str) -> None:
    text, line = DOCUMENTS[case]

    assert read({"a.invariants.yaml": text}) == ((), [f"error {line.replace('{}', 'a.invariants.yaml')}"])


def test_a_file_without_an_invariant_is_told() -> None:
    assert read({"a.invariants.yaml": "version: 1\ninvariants: []\n"}) == (
        (),
        [
            (
                "warning no-invariants a.invariants.yaml:2:13-15 `tests/policies/shop/a.invariants.yaml` has no invariant"
                " / write one, or delete the file"
            )
        ],
    )


def test_an_id_is_taken_over_all_files() -> None:
    once = f"id: one\nnever: {SMALL}"

    found, problems = read({"a.invariants.yaml": file(once, once), "b.invariants.yaml": file(once)})

    assert [item.id for item in found] == ["one"]
    remedy = "`tests/policies/shop/a.invariants.yaml:3:9` has it: give one of the two another id"
    assert problems == [
        f"error duplicate-id a.invariants.yaml:5:9-12 the id `one` is taken / {remedy}",
        f"error duplicate-id b.invariants.yaml:3:9-12 the id `one` is taken / {remedy}",
    ]


# Each text stands behind `    never: `, in line 4; columns of plain texts are larger by 11 than those of the text.
STATEMENTS = {
    "not Cedar": ("hello", "cedar-syntax 4:12-17 expected `permit` or `forbid`, found `hello` / -"),
    "blank": (
        "' '",
        (
            "no-statement 4:12-15 no statement in this text"
            " / write `permit (principal, action, resource);`, narrowed to the requests that are meant"
        ),
    ),
    "a comment alone": (
        "|\n      // nothing\n",
        (
            "no-statement 4:12 no statement in this text"
            " / write `permit (principal, action, resource);`, narrowed to the requests that are meant"
        ),
    ),
    "no semicolon": (
        ANY[:-1],
        "cedar-syntax 4:48-48 expected `;` after the scope, found the end of the text / end the statement with `;`",
    ),
    "two statements": (
        f"{ANY} {ANY}",
        (
            "several-statements 4:50-51 a second statement begins"
            " / write an invariant for each, or one statement with `||` in its condition"
        ),
    ),
    "forbid": (
        "forbid (principal, action, resource);",
        (
            "forbid-in-invariant 4:12-18 requests are named by `permit`"
            " / write `permit`: it names requests, and the claim says whether they are allowed"
        ),
    ),
    "a slot": (
        "permit (principal == ?principal, action, resource);",
        "slot-in-invariant 4:33-43 nothing fills the slot `?principal` / name an entity, or leave the scope open",
    ),
    "an annotation": (
        "'@expires(\"2027-01-01\") permit (principal, action, resource);'",
        (
            "annotation-in-invariant 4:13-35 the annotation `@expires` means nothing here"
            " / remove it; what the invariant is for stands in `description`"
        ),
    ),
    "in a literal": (
        '|\n      permit (principal, action == Action::"Refund", resource)\n      when { context.amout > 500 };\n',
        "unknown-attribute 6:26-31 `context` has no attribute `amout` / did you mean `amount`?",
    ),
    "in a folded text": (
        '>-\n      permit (principal, action == Action::"Refund", resource)\n      when { context.amout > 500 };\n',
        "unknown-attribute 6:26-31 `context` has no attribute `amout` / did you mean `amount`?",
    ),
    "in a plain text over lines": (
        'permit (principal, action == Action::"Refund", resource)\n      when { context.amout > 500 };',
        "unknown-attribute 5:26-31 `context` has no attribute `amout` / did you mean `amount`?",
    ),
    "in double quotes": (
        r'"permit (principal, action == Action::\"Refund\", resource) when { context.amout > 500 };"',
        "unknown-attribute 4:87-92 `context` has no attribute `amout` / did you mean `amount`?",
    ),
    "in single quotes": (
        "'permit (principal, action == Action::\"Refund\", resource) when { principal.nick == \"''\" };'",
        (
            "unguarded-attribute 4:77-91 `principal.nick` may be absent, and nothing guards it"
            " / ask `principal has nick && …` first"
        ),
    ),
    "an unknown entity type": (
        'permit (principal in Group::"oncall", action, resource);',
        "unknown-entity-type 4:33-48 no entity type `Group` in the schema / entity types: `Claim`, `Team`, `User`",
    ),
    "an unknown action": (
        'permit (principal, action == Action::"Refnd", resource);',
        'unknown-action 4:41-56 no action `Action::"Refnd"` in the schema / did you mean `Action::"Refund"`?',
    ),
    "a comment that YAML lets run on": (
        "permit (principal, action, resource)  // all\n      when { true };",
        (
            "cedar-syntax 4:48-48 expected `;` after the scope, found the end of the text"
            " / YAML has joined the lines, and the comment runs on: begin the text with `|`"
        ),
    ),
    "too deep": (
        f"permit (principal, action, resource) when {{ {'(' * 60}true{')' * 60} }};",
        (
            "deep-expression 4:105-106 brackets nest deeper than 50"
            " / join alternatives as `[…].contains(x)`, use groups, or split the policy"
        ),
    ),
    "too long": (
        f"permit (principal, action, resource) when {{ [{', '.join(['1'] * 6000)}].contains(1) }};",
        (
            "long-statement 4:12-13 a statement of more than 10000 tokens"
            " / split the policy, or make the listed entities members of a group"
        ),
    ),
}


@pytest.mark.parametrize("case", STATEMENTS)
def test_a_bad_statement_is_told_at_its_place_in_the_file(case: str) -> None:
    text, line = STATEMENTS[case]
    code, rest = line.split(" ", 1)

    assert read(never(text)) == ((), [f"error {code} a.invariants.yaml:{rest}"])


def test_all_that_is_wrong_with_all_statements_is_told() -> None:
    bad = 'permit (principal, action == Action::"Refund", resource) when { context.a > context.b };'
    text = file(
        f"id: one\nnever: {bad}", f"id: two\nonly:\n  may: {ANY}\n  satisfies: {bad}", f"id: three\nalways: {ANY}"
    )

    found, problems = read({"a.invariants.yaml": text})

    assert [item.id for item in found] == ["three"]
    lines = [line.split(" ")[2] for line in problems]
    assert {place.split(":")[1] for place in lines} == {"4", "8"}
    assert len(lines) == len(set(lines)) >= 4


def test_an_app_without_a_schema_has_nothing_to_hold_its_invariants_to() -> None:
    found, problems = read({"all.invariants.yaml": WHOLE}, schema=None)

    assert [item.id for item in found] == ["staging-within-production"]
    assert problems == [
        (
            "error no-schema all.invariants.yaml:6:12-99 the app `shop` has no schema to hold its invariants to"
            " / name one by `schema:` in the app's `app.yaml`"
        )
    ]


def test_a_schema_that_cannot_be_read_is_not_told_again() -> None:
    found, problems = read({"all.invariants.yaml": WHOLE}, schema="entity {")

    assert [item.id for item in found] == ["staging-within-production"]
    assert problems == []


def test_a_link_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    app, program = shop({})
    tests = tmp_path / "tests/policies/shop"
    tests.mkdir(parents=True)
    (tests / "a.invariants.yaml").symlink_to(tests / "elsewhere.yaml")

    found, problems = load_invariants(replace(app, tree=DiskTree(tmp_path)), program)

    assert found == ()
    assert [item.severity for item in problems] == ["error"]


@given(
    st.text(max_size=60), st.sampled_from(["", "version: 1\n", "version: 1\ninvariants:\n", file("id: one\nnever: ")])
)
def test_no_text_makes_the_loader_raise(text: str, before: str) -> None:
    found, problems = read({"a.invariants.yaml": before + text.replace("\r", "")})

    assert found or problems


@given(st.text(alphabet="permit(cal,sonu) ;{}\"\\/\n'wh?@=", max_size=40), st.integers(0, len(SMALL)))
def test_no_statement_makes_the_loader_raise(text: str, at: int) -> None:
    broken = SMALL[:at] + text + SMALL[at:]

    found, problems = read(never(f"|\n{indent(broken, '      ', lambda _: True)}\n"))

    assert found or problems


# --- the repository's own
