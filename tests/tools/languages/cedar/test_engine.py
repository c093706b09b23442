"""The adapter keeps from the engine what could kill it, and from us what the engine says too much."""

import pytest

from bylaw.languages.cedar.engine import MAX_MESSAGE, engine_schema, format_text, sentence, tree
from bylaw.model.errors import InternalError

SCOPE = "permit(principal,action,resource)"

KILLING = {
    "brackets": f"{SCOPE}when{{{'(' * 5000}true{')' * 5000}}};",
    "negations in brackets": f"{SCOPE}when{{{'!(' * 5000}true{')' * 5000}}};",
    "sets": f"{SCOPE}when{{{'[' * 5000}{']' * 5000}==1}};",
    "unclosed brackets": f"{SCOPE}when{{{'(' * 5000}",
    "conditions": f"{SCOPE}when{{{'if true then true else ' * 6000}true}};",
    "a chain": f"{SCOPE}when{{{'||'.join(['true'] * 20_000)}}};",
    "a path": f"{SCOPE}when{{context has a{'.a' * 20_000}}};",
}


@pytest.mark.parametrize("call", [tree, format_text])
@pytest.mark.parametrize("story", KILLING)
def test_a_text_that_would_kill_the_process_never_reaches_the_engine(story: str, call: object) -> None:
    assert callable(call)

    with pytest.raises(InternalError, match="our parser refuses"):
        call(KILLING[story])


def test_a_tree_is_the_json_form_of_the_policies() -> None:
    found = tree(f"{SCOPE};\nforbid(principal==?principal,action,resource);")

    assert {name: policy["effect"] for name, policy in found["staticPolicies"].items()} == {"policy0": "permit"}
    assert {name: policy["effect"] for name, policy in found["templates"].items()} == {"policy1": "forbid"}


@pytest.mark.parametrize("call", [tree, format_text])
def test_what_the_engine_refuses_is_our_error(call: object) -> None:
    assert callable(call)

    with pytest.raises(InternalError, match="the engine cannot"):
        call("permit(principal);")


def test_a_sentence_is_one_line_and_bounded() -> None:
    assert sentence(" a\n  b\t c ") == "a b c"
    assert len(sentence("x" * 10_000)) == MAX_MESSAGE
    assert sentence("x" * 10_000).endswith("…")


def test_a_schema_is_built_once() -> None:
    assert engine_schema("entity A;") is engine_schema("entity A;")
