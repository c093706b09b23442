"""Leaving out what cannot match changes nothing: neither decision, nor reasons, nor errors."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.evaluation.interface import EntityData, Request
from bylaw.evaluation.slicing import Offer, ScopeIndex
from bylaw.evaluation.units import Unit, static_unit
from bylaw.languages.cedar.program import CedarLink, CedarPolicy
from bylaw.model.identifiers import EntityUid
from tools.evaluation.cedar_programs import link, policy, schema

SCHEMA = schema("""
entity Team in [Team];
entity User in [Team] = { level: Long, nick?: String };
entity Robot in [Team] = { level: Long };
entity Folder in [Folder];
entity Doc in [Folder] = { owner?: User };
action reads, writes in [everything];
action everything;
action view, list in [reads] appliesTo { principal: [User, Robot], resource: [Doc, Folder], context: { n: Long } };
action edit in [writes, reads] appliesTo { principal: [User, Robot], resource: [Doc, Folder], context: { n: Long } };
""")
ACTIONS = ["view", "list", "edit"]
GROUPS = ["reads", "writes", "everything"]
TEAMS, FOLDERS = ["t0", "t1", "t2", "t3"], ["f0", "f1", "f2"]
PEOPLE = [("User", "u0"), ("User", "u1"), ("Robot", "r0")]
THINGS = [("Doc", "d0"), ("Doc", "d1"), ("Folder", "f0"), ("Folder", "f2")]

literal = '{0[0]}::"{0[1]}"'.format


def scopes(
    variable: str, literals: list[tuple[str, str]], groups: list[tuple[str, str]], *, slot: bool
) -> st.SearchStrategy[str]:
    anywhere = [literal(one) for one in (*literals, *groups)]
    types = sorted({type_ for type_, _ in literals})
    target = st.sampled_from([f"?{variable}"] if slot else anywhere)
    return st.one_of(
        *([] if slot else [st.just(variable), st.sampled_from(types).map(lambda t: f"{variable} is {t}")]),
        target.map(lambda x: f"{variable} == {x}"),
        target.map(lambda x: f"{variable} in {x}"),
        st.tuples(st.sampled_from(types), target).map(lambda x: f"{variable} is {x[0]} in {x[1]}"),
    )


ACTION_LITERALS = [f'Action::"{name}"' for name in (*ACTIONS, *GROUPS)]
action_scopes = st.one_of(
    st.just("action"),
    st.sampled_from(ACTION_LITERALS).map(lambda x: f"action == {x}"),
    st.sampled_from(ACTION_LITERALS).map(lambda x: f"action in {x}"),
    st.lists(st.sampled_from(ACTION_LITERALS), max_size=3).map(lambda xs: f"action in [{', '.join(xs)}]"),
)
clauses = st.sampled_from(
    [
        "",
        " when { context.n > 2 }",
        " unless { context.n > 3 }",
        " when { principal.level > context.n }",
        ' when { principal.nick == "x" }',
        " when { context.n + 9223372036854775805 > 0 }",
        " when { resource.owner.level > 1 }",
        " when { 1 }",
    ]
)
PRINCIPAL_GROUPS = [("Team", name) for name in TEAMS]
RESOURCE_GROUPS = [("Folder", name) for name in FOLDERS]


@st.composite
def statements(draw: st.DrawFn, *, slot: bool = False) -> str:
    effect = draw(st.sampled_from(["permit", "forbid"]))
    principal = draw(scopes("principal", PEOPLE, PRINCIPAL_GROUPS, slot=slot))
    resource = draw(scopes("resource", THINGS, RESOURCE_GROUPS, slot=False))
    return f"{effect} ({principal}, {draw(action_scopes)}, {resource}){draw(clauses)};"


def uids(pairs: list[tuple[str, str]]) -> list[EntityUid]:
    return [EntityUid(*pair) for pair in pairs]


@st.composite
def hierarchies(draw: st.DrawFn) -> list[EntityData]:
    """Teams and folders in a random order of containment, people and things below; some are missing."""
    entities = []
    for type_, names in (("Team", TEAMS), ("Folder", FOLDERS)):
        for number, name in enumerate(names):
            above = draw(st.lists(st.sampled_from(names[:number]), unique=True)) if number else []
            entities.append(EntityData(EntityUid(type_, name), {}, {}, tuple(EntityUid(type_, one) for one in above)))
    for pair in PEOPLE:
        above = draw(st.lists(st.sampled_from(TEAMS), unique=True, max_size=2))
        entities.append(
            EntityData(
                EntityUid(*pair), {"level": draw(st.integers(0, 5))}, {}, tuple(EntityUid("Team", a) for a in above)
            )
        )
    for pair in THINGS[:2]:
        above = draw(st.lists(st.sampled_from(FOLDERS), unique=True, max_size=2))
        entities.append(EntityData(EntityUid(*pair), {}, {}, tuple(EntityUid("Folder", a) for a in above)))
    return [entity for entity in entities if draw(st.integers(0, 9))]


requests = st.builds(
    lambda principal, action, resource, n: Request(principal, EntityUid("Action", action), resource, {"n": n}),
    st.sampled_from(uids(PEOPLE)),
    st.sampled_from(ACTIONS),
    st.sampled_from(uids(THINGS)),
    st.integers(0, 5),
)


@st.composite
def policy_sets(draw: st.DrawFn) -> tuple[list[CedarPolicy], list[CedarLink]]:
    static = [policy(f"p{n}", text) for n, text in enumerate(draw(st.lists(statements(), max_size=12)))]
    templates = [policy(f"t{n}", text) for n, text in enumerate(draw(st.lists(statements(slot=True), max_size=3)))]
    links = [
        link(f"{template.ref.policy}-{n}", template, principal=uid)
        for template in templates
        for n, uid in enumerate(draw(st.lists(st.sampled_from(uids([*PEOPLE, *PRINCIPAL_GROUPS])), max_size=2)))
    ]
    return [*static, *templates], links


@settings(max_examples=150, deadline=None)
@given(policy_sets(), hierarchies(), st.lists(requests, min_size=1, max_size=8), st.booleans())
def test_a_sliced_set_answers_like_the_whole(
    policies: tuple[list[CedarPolicy], list[CedarLink]],
    entities: list[EntityData],
    asked: list[Request],
    as_stable: bool,  # noqa: FBT001
) -> None:
    documents = [
        {"uid": e.uid._asdict(), "attrs": e.attributes, "parents": [parent._asdict() for parent in e.parents]}
        for e in entities
    ]
    stable, given_ = (json.dumps(documents), []) if as_stable else ("[]", entities)
    whole = CedarEvaluator(*policies, SCHEMA, stable, slice_above=10_000)
    sliced = CedarEvaluator(*policies, SCHEMA, stable, slice_above=0)

    assert sliced.decide(asked, given_) == whole.decide(asked, given_)


def test_the_index_leaves_out_what_cannot_match() -> None:
    units: list[Unit] = [
        static_unit(policy(f"p{number}", f'permit (principal == User::"u{number}", action, resource);'))
        for number in range(1_000)
    ]
    mine = frozenset({EntityUid("User", "u7")})
    offer = Offer(mine, frozenset({EntityUid("Action", "view")}), frozenset({EntityUid("Doc", "d")}), "User", "Doc")

    assert ScopeIndex(units).candidates(offer) == (7,)
