"""A logical name becomes the physical one of its target wherever it stands, and one that cannot is told."""

import json
import re
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.compile.names import NameMap, unused_names
from bylaw.languages.cedar.ast import Entity, Slot
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.loading import load_program
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.rewrite import filled, rewrite_statement
from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.model.identifiers import EntityUid, TargetId
from bylaw.model.spans import Span, whole_file
from bylaw.repository.layout import App, load_repository
from bylaw.repository.trees import MemoryTree
from tools.pipeline.repositories import SETTINGS

LOCAL, PROD = TargetId("local"), TargetId("prod")
DOCUMENT = """app: shop
about: for tests
owners: [team]
logical: ["App::Gateway", "Group"]
targets:
  local:
    names:
      "App::Gateway": {front: "arn:front", back: "arn:back"}
      Group: {staff: "g-1"}
  prod:
    names:
      "App::Gateway": {front: "arn:prod:front", back: "arn:prod:back"}
      Group: {staff: "g-9"}
"""
PATH = "policies/shop/one.cedar"


def load(text: str, document: str = DOCUMENT, **more: str) -> tuple[App, CedarProgram]:
    """An app with a policy of this text, and with more of them by name."""
    files = {"bylaw.yaml": SETTINGS, "policies/shop/app.yaml": document, PATH: text}
    others = {f"policies/shop/{name}.cedar": other for name, other in more.items()}
    repository, problems = load_repository(MemoryTree({**files, **others}))
    assert not len(problems)
    (app,) = repository.apps
    program, told = load_program(app)
    assert told == ()
    return app, program


def sources(program: CedarProgram) -> Iterator[tuple[CedarPolicy, Span]]:
    for policy in program.static:
        yield policy, policy.span(policy.statement.start, policy.statement.end)


def named(
    text: str, document: str = DOCUMENT, target: TargetId = LOCAL, **more: str
) -> tuple[str, list[Diagnostic], NameMap]:
    """The policy `one` with physical names, what could not be mapped, and the map with what all policies used."""
    app, program = load(text, document, **more)
    names, problems = NameMap.of(app, target), Diagnostics()
    texts = {
        policy.path: canonical_text(rewrite_statement(policy.statement, names.replacer(policy, source, problems)))
        for policy, source in sources(program)
    }
    return texts[PATH], list(problems), names


def unused(text: str, document: str = DOCUMENT, target: TargetId = LOCAL, **more: str) -> list[Diagnostic]:
    app, _ = load(text, document)
    return list(unused_names(app, target, named(text, document, target, **more)[2]))


def said(items: list[Diagnostic]) -> list[tuple[str, str, str]]:
    return [(item.code, str(item.span), item.message) for item in items]


PLACES = {
    "equal in the scope": "permit (principal, action, resource == <front>);",
    "in, in the scope": "permit (principal in <staff>, action, resource in <front>);",
    "is and in, in the scope": "permit (principal, action, resource is App::Gateway in <front>);",
    "a condition": "permit (principal, action, resource) when { resource == <front> };",
    "an unless": "permit (principal, action, resource) unless { principal in <staff> };",
    "the second clause": "permit (principal, action, resource) when { true } when { resource == <back> };",
    "a set": "permit (principal, action, resource) when { resource in [<front>, <back>] };",
    "a record": "permit (principal, action, resource) when { context.x == {a: {b: <front>}} };",
    "a call of a method": "permit (principal, action, resource) when { context.all.contains(<front>) };",
    "an attribute of it": "permit (principal, action, resource) when { <front>.owner has name };",
    "a tag of it": 'permit (principal, action, resource) when { <front>.hasTag("x") };',
    "is and in": "permit (principal, action, resource) when { principal is User in <staff> };",
    "a choice": "permit (principal, action, resource) when { if <front>.x then <back>.x else principal in <staff> };",
    "both sides": "forbid (principal, action, resource) when { <front> == <back> };",
    "deep inside": "permit (principal, action, resource) when { !(!(1 < 2 && (true || resource == <front>))) };",
}
"""Policies with `<name>` where a logical name stands."""
TYPES = {"front": "App::Gateway", "back": "App::Gateway", "staff": "Group"}
LOGICAL = {name: name for name in TYPES}
PHYSICAL = {
    LOCAL: {"front": "arn:front", "back": "arn:back", "staff": "g-1"},
    PROD: {"front": "arn:prod:front", "back": "arn:prod:back", "staff": "g-9"},
}


def written(place: str, ids: Mapping[str, str]) -> str:
    """The policy of that place with the entities of those ids."""
    return re.sub("<([a-z]+)>", lambda found: f'{TYPES[found[1]]}::"{ids[found[1]]}"', PLACES[place])


@pytest.mark.parametrize("target", PHYSICAL)
@pytest.mark.parametrize("place", PLACES)
def test_a_logical_name_is_mapped_wherever_it_stands(place: str, target: TargetId) -> None:
    _, expected = load(written(place, PHYSICAL[target]))

    text, problems, names = named(written(place, LOGICAL), target=target)

    assert text == expected.static[0].canonical
    assert problems == []
    assert {uid.id for uid in names.used} == {name for name in LOGICAL if f"<{name}>" in PLACES[place]}


SPELLINGS = [
    'App::Gateway::"front"',
    'App :: Gateway :: "front"',
    'App::Gateway // here\n ::"front"',
    'App::Gateway::"fr\\u{6f}nt"',
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_name_is_known_however_it_is_spelled(spelling: str) -> None:
    text, problems, _ = named(f"forbid (principal, action, resource == {spelling});")

    assert text == 'forbid (principal, action, resource == App::Gateway::"arn:front");\n'
    assert problems == []


KEPT = [
    'permit (principal == User::"front", action, resource);',
    'permit (principal, action == Action::"front", resource);',
    'permit (principal, action in [Action::"front", Action::"back"], resource);',
    'permit (principal == Gateway::"front", action, resource);',
    'permit (principal == Other::Group::"staff", action, resource == My::App::Gateway::"front");',
    "permit (principal, action, resource is App::Gateway) when { principal is Group };",
    'permit (principal, action, resource) when { context.front == "front" };',
    'permit (principal, action, resource) when { context.note == "App::Gateway::\\"front\\"" };',
    '@note("App::Gateway::\\"front\\"")\npermit (principal, action, resource);',
    'permit (principal, action, resource); // App::Gateway::"front"',
]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_entity_of_a_logical_type_stays_as_it_is(text: str) -> None:
    _, program = load(text)

    after, problems, names = named(text)

    assert after == program.static[0].canonical
    assert problems == []
    assert names.used == set()


def test_a_physical_name_is_not_mapped_once_more() -> None:
    document = DOCUMENT.replace('front: "arn:front", back: "arn:back"', "front: back, back: front")

    text, problems, _ = named(written("a set", LOGICAL), document)

    assert 'resource in [App::Gateway::"back", App::Gateway::"front"]' in text
    assert problems == []


def test_a_slot_of_a_template_stays_a_slot() -> None:
    slots = [Slot("principal", 0, 1), Slot("resource", 0, 1)]
    app, program = load("permit (principal, action, resource);")
    problems = Diagnostics()
    replace = NameMap.of(app, LOCAL).replacer(program.static[0], whole_file(PATH), problems)

    assert [replace(slot) for slot in slots] == slots
    assert len(problems) == 0


@pytest.mark.parametrize(
    ("id_", "remedy"),
    [
        ("frnt", "did you mean `front`?"),
        ("Front", "did you mean `front`?"),
        ("backk", "did you mean `back`?"),
        ("something else", "add it to `targets.local.names` in `app.yaml`"),
        ("", "add it to `targets.local.names` in `app.yaml`"),
        ("arn:front", "did you mean `front`?"),
        ("staff", "add it to `targets.local.names` in `app.yaml`"),
    ],
)
def test_a_name_without_a_mapping_is_an_error_at_its_place(id_: str, remedy: str) -> None:
    policy = f'forbid (\n  principal,\n  action,\n  resource == App::Gateway::"{id_}"\n);'

    text, (told,), names = named(policy)

    assert f'App::Gateway::"{id_}"' in text
    assert (told.code, told.severity) == ("unmapped-name", Severity.ERROR)
    assert told.message == f'`App::Gateway::"{id_}"` has no physical name on target `local`'
    assert told.help == remedy
    assert told.span is not None
    assert (told.span.path, told.span.start, told.span.end) == (PATH, (4, 15), (4, 31 + len(id_)))
    assert names.used == set()


def test_every_place_of_an_unmapped_name_is_told() -> None:
    text = 'permit (principal in Group::"x", action, resource) when { resource == App::Gateway::"y" };'
    other = 'permit (principal, action, resource) when { resource in [App::Gateway::"y", App::Gateway::"y"] };'

    _, problems, names = named(text, another=other)

    gateway = '`App::Gateway::"y"` has no physical name on target `local`'
    assert said(problems) == [
        ("unmapped-name", "policies/shop/another.cedar:1:58", gateway),
        ("unmapped-name", "policies/shop/another.cedar:1:77", gateway),
        ("unmapped-name", "policies/shop/one.cedar:1:22", '`Group::"x"` has no physical name on target `local`'),
        ("unmapped-name", "policies/shop/one.cedar:1:71", gateway),
    ]
    assert names.used == set()


@pytest.mark.parametrize(
    ("document", "target"),
    [
        (DOCUMENT, TargetId("elsewhere")),
        (DOCUMENT.replace('      "App::Gateway": {front: "arn:front", back: "arn:back"}\n', ""), LOCAL),
        (DOCUMENT.replace('{front: "arn:front", back: "arn:back"}', "{}"), LOCAL),
        (DOCUMENT[: DOCUMENT.index("targets:")], LOCAL),
        (DOCUMENT[: DOCUMENT.index("targets:")] + "targets: {local: {}}\n", LOCAL),
    ],
    ids=["another target", "type not mapped", "no ids", "no targets", "a target without names"],
)
def test_a_target_without_the_mapping_has_no_physical_name(document: str, target: TargetId) -> None:
    text, (told,), _ = named(written("equal in the scope", LOGICAL), document, target)

    assert text == 'permit (principal, action, resource == App::Gateway::"front");\n'
    assert (told.code, told.help) == ("unmapped-name", f"add it to `targets.{target}.names` in `app.yaml`")


LINKS = """links:
  - id: for-ann
    template: one
    values: {resource: 'App::Gateway::"front"'}
  - id: for-bob
    template: one
    values: {resource: 'App::Gateway::"side"'}
"""


def test_a_link_has_the_names_of_its_slots_and_of_its_template() -> None:
    text = 'permit (principal in Group::"staff", action, resource == ?resource);'
    app, program = load(text, DOCUMENT + LINKS)
    names, problems = NameMap.of(app, LOCAL), Diagnostics()

    texts = [
        canonical_text(rewrite_statement(filled(link), names.replacer(link.template, link.span, problems)))
        for link in program.links
    ]

    assert texts == [
        'permit (principal in Group::"g-1", action, resource == App::Gateway::"arn:front");\n',
        'permit (principal in Group::"g-1", action, resource == App::Gateway::"side");\n',
    ]
    (told,) = problems
    assert told.code == "unmapped-name"
    assert told.span == program.links[1].span
    assert told.span.path == "policies/shop/app.yaml"


EVERY_NAME = """permit (principal in Group::"staff", action, resource)
when { resource in [App::Gateway::"front", App::Gateway::"back"] };
"""
UNUSED = {
    "all used": (EVERY_NAME, DOCUMENT, []),
    "one unused": (
        EVERY_NAME.replace(', App::Gateway::"back"', ""),
        DOCUMENT,
        [("unused-name", "policies/shop/app.yaml:8:44", "no policy uses the logical name `back` on target `local`")],
    ),
    "the same id of another type": (
        EVERY_NAME,
        DOCUMENT.replace('Group: {staff: "g-1"}', 'Group: {staff: "g-1", front: "g-2"}'),
        [("unused-name", "policies/shop/app.yaml:9:29", "no policy uses the logical name `front` on target `local`")],
    ),
    "only of a name that has no mapping": (
        EVERY_NAME.replace('"back"', '"bakc"'),
        DOCUMENT,
        [("unused-name", "policies/shop/app.yaml:8:44", "no policy uses the logical name `back` on target `local`")],
    ),
    "a type that is not logical": (
        EVERY_NAME,
        DOCUMENT.replace(', "Group"]', "]"),
        [("not-logical", "policies/shop/app.yaml:9:7", "`Group` is mapped but not declared logical")],
    ),
    "nothing logical at all": (
        EVERY_NAME,
        DOCUMENT.replace('["App::Gateway", "Group"]', "[]"),
        [
            ("not-logical", "policies/shop/app.yaml:8:7", "`App::Gateway` is mapped but not declared logical"),
            ("not-logical", "policies/shop/app.yaml:9:7", "`Group` is mapped but not declared logical"),
        ],
    ),
    "a logical type without names": (
        EVERY_NAME,
        DOCUMENT.replace('"Group"]', '"Group", "App::Tool"]'),
        [],
    ),
}


@pytest.mark.parametrize("what", UNUSED)
def test_a_mapping_that_serves_no_policy_is_told_at_its_key(what: str) -> None:
    text, document, expected = UNUSED[what]

    assert said(unused(text, document)) == expected


def test_an_unused_name_is_a_warning_and_a_type_that_is_not_logical_an_error() -> None:
    (name,) = unused(*UNUSED["one unused"][:2])
    (type_,) = unused(*UNUSED["a type that is not logical"][:2])

    assert (name.severity, name.help) == (Severity.WARNING, "remove the mapping")
    assert (type_.severity, type_.help) == (Severity.ERROR, "add `Group` to `logical`, or remove the mapping")


def test_a_name_that_any_policy_uses_is_used() -> None:
    only_front = EVERY_NAME.replace(', App::Gateway::"back"', "")

    assert unused(only_front, another='forbid (principal, action, resource == App::Gateway::"back");') == []


def test_each_target_is_told_its_own_mappings_only() -> None:
    document = DOCUMENT.replace('back: "arn:prod:back"}', 'back: "arn:prod:back", spare: "arn:prod:spare"}')

    assert unused(EVERY_NAME, document) == []
    assert [item.message for item in unused(EVERY_NAME, document, PROD)] == [
        "no policy uses the logical name `spare` on target `prod`"
    ]
    assert unused(EVERY_NAME, document, TargetId("elsewhere")) == []


IDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"], exclude_characters="\ufeff"), max_size=12
)


@settings(deadline=None)
@given(names=st.dictionaries(IDS, IDS, max_size=5), wanted=st.lists(IDS, max_size=4), data=st.data())
def test_each_entity_is_mapped_or_told_and_each_mapping_used_or_told(
    names: dict[str, str], wanted: list[str], data: st.DataObject
) -> None:
    wanted += data.draw(st.lists(st.sampled_from(sorted(names)), max_size=4)) if names else []
    targets = json.dumps({"local": {"names": {"G": names}}}, ensure_ascii=False)
    document = f"app: shop\nabout: x\nowners: [a]\nlogical: [G]\ntargets: {targets}\n"
    app, program = load("permit (principal, action, resource);", document)
    names_of, problems = NameMap.of(app, LOCAL), Diagnostics()
    replace = names_of.replacer(program.static[0], whole_file("link"), problems)

    after = [replace(Entity("G", id_, 0, 1)) for id_ in wanted]

    assert after == [Entity("G", names.get(id_, id_), 0, 1) for id_ in wanted]
    assert names_of.used == {EntityUid("G", id_) for id_ in wanted if id_ in names}
    assert len(problems) == len({id_ for id_ in wanted if id_ not in names})
    assert len(list(unused_names(app, LOCAL, names_of))) == len(set(names) - set(wanted))
