"""Conditions over the world of the cases, as text: well-typed, with reads that may fail and constants that may contradict."""

from hypothesis import strategies as st

NUMBERS = st.sampled_from(["-1", "0", "1", "2", "3"])
COMPARED = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
LONGS = st.sampled_from(["context.amount", "resource.risk", "principal.tier"])
STRINGS = st.sampled_from(["context.region", "context.ticket", "context.contact.phone", 'principal.getTag("env")'])
TEXTS = st.sampled_from(['"de"', '"x"', '"a"', '"T-1"', '"1"'])

atoms = st.one_of(
    st.tuples(LONGS, COMPARED, NUMBERS).map(" ".join),
    st.tuples(NUMBERS, COMPARED, LONGS).map(" ".join),
    st.tuples(STRINGS, st.sampled_from(["==", "!="]), TEXTS).map(" ".join),
    st.tuples(STRINGS, st.just("like"), st.sampled_from(['"*"', '"T-*"', '"de"', '"*x*"'])).map(" ".join),
    st.tuples(st.lists(TEXTS, min_size=1, max_size=3), STRINGS).map(lambda p: f"[{', '.join(p[0])}].contains({p[1]})"),
    st.sampled_from(
        [
            "true",
            "false",
            "context.urgent",
            "context has ticket",
            "context has contact",
            "context has contact.phone",
            'principal.hasTag("env")',
            "principal is Agent",
            "principal is Service",
            "principal == principal",
        ]
    ),
)


def _composed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        inner.map(lambda x: f"!({x})"),
        inner.map(lambda x: f"(!(!({x})))"),
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
        st.lists(inner, min_size=3, max_size=4).map(lambda parts: " || ".join(f"({part})" for part in parts)),
        st.tuples(inner, inner, inner).map(lambda p: f"(if {p[0]} then {p[1]} else {p[2]})"),
    )


conditions = st.recursive(atoms, _composed, max_leaves=6)
chains = st.tuples(LONGS, st.lists(NUMBERS, min_size=3, max_size=4)).map(
    lambda p: " || ".join(f"{p[0]} == {n}" for n in p[1])
)
clauses = st.lists(st.tuples(st.sampled_from(["when", "unless"]), conditions | chains), min_size=1, max_size=2)
policies = st.tuples(st.sampled_from(["permit", "forbid"]), clauses).map(
    lambda p: (
        f'{p[0]} (principal is Agent, action == Action::"read", resource is Tool)\n'
        + "\n".join(f"{kind} {{ {condition} }}" for kind, condition in p[1])
        + ";\n"
    )
)
