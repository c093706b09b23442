"""Schemas for tests: read, or drawn at random."""

import re

from hypothesis import strategies as st

from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.schema import (
    Schema,
)
from bylaw.languages.cedar.schema_reader import read_schema

PATH = "schemas/desk.cedarschema"


def read(text: str) -> Schema:
    schema, found = read_schema(text, PATH)
    assert schema is not None, (text, found)
    assert found == ()
    return schema


SKELETON = """
type S = %plain%;
entity O in [%parent%, O] %record%;
entity P %record% tags %outer%;
action o appliesTo { principal: [O, %parent%], resource: %parent%, context: %record% };
namespace N {
  type T = %plain%; type decimal = Bool; entity ipaddr;
  entity A in [%parent%] %inner record%;
  entity B %inner record% tags %inner%;
  action a, "a b" in [%group%, %group%] appliesTo { principal: [A, %parent%], resource: B, context: %inner record% };
  action b;
}
namespace N::M {
  type T = %plain%; entity datetime in ipaddr; entity ipaddr;
  entity A in [%parent%, B] %inner record%;
  entity B %inner record% tags %inner%;
  action a in [%group%, N::Action::"a"] appliesTo { principal: A, resource: [%parent%, A], context: T2 };
  action b;
  type T2 = %inner record%;
}
"""
_plain = st.sampled_from((
    "Long", "Bool", "String", "ipaddr", "decimal", "datetime", "duration", "__cedar::Long", "__cedar::ipaddr",
    "__cedar::decimal", "O", "P", "N::A", "N::ipaddr", "N::M::B",
))  # fmt: skip
_outer = _plain | st.sampled_from(("S", "N::T", "N::M::T", "N::decimal"))
_inner = _outer | st.sampled_from(("A", "B", "T", "Set<A>"))


def records(types: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    names = st.sampled_from(('"', "x", "y?", "a b", "if", 'q"?')).map(
        lambda name: f"{quote(name.removesuffix('?'))}{'?' * name.endswith('?')}"
    )
    return st.dictionaries(names, types, max_size=3).map(
        lambda fields: f"{{ {', '.join(f'{name}: {type_}' for name, type_ in fields.items())} }}"
    )


def nested(types: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(types, lambda inner: records(inner) | inner.map(lambda type_: f"Set<{type_}>"), max_leaves=4)


KINDS = {
    "plain": nested(_plain),
    "outer": nested(_outer),
    "inner": nested(_inner),
    "record": records(nested(_outer)),
    "inner record": records(nested(_inner)),
    "parent": st.sampled_from(("O", "P", "N::A", "N::B", "N::ipaddr", "N::M::A", "N::M::B", "N::M::datetime")),
    "group": st.sampled_from(("b", '"b"', 'Action::"b"', 'Action::"o"', 'N::Action::"b"', 'N::M::Action::"b"')),
}


@st.composite
def schema_texts(draw: st.DrawFn) -> str:
    return re.sub("%([a-z ]+)%", lambda match: draw(KINDS[match[1]]), SKELETON)
