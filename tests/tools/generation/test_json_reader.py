"""Our JSON reader takes what Python's takes, less what is ambiguous; and knows where everything stands."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.generation.json_reader import read_json
from bylaw.repository.yaml_reader import Mapping, Node, Scalar, Sequence

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**38), 10**38),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), inner, max_size=4),
    ),
    max_leaves=15,
)


def plain(node: Node) -> Any:
    match node:
        case Scalar(value):
            return value
        case Sequence(items):
            return [plain(item) for item in items]
        case Mapping(pairs):
            return {key.value: plain(item) for key, item in pairs}


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_valid_json_is_what_python_reads(value: Any, indent: int | str | None, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)

    file, problems = read_json(text, "f.json")

    assert problems == ()
    assert file is not None
    assert plain(file.root) == value


@given(st.text(st.sampled_from('{}[]":,0123456789.eE+-truefalsn \n\t\\u'), max_size=24))
def test_what_python_refuses_is_refused_with_a_place(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        refused = True
    else:
        refused = False

    file, problems = read_json(text, "f.json")

    assert (file is None) == bool(problems)
    assert file is None or not refused
    assert all(item.span is not None for item in problems)


def test_every_value_knows_its_place() -> None:
    file, _ = read_json('{\n  "a": [1,\n "b"]}', "f.json")

    assert file is not None
    assert isinstance(file.root, Mapping)
    ((key, value),) = file.root.items
    assert isinstance(value, Sequence)
    assert [str(node.span) for node in (key, value, *value.items)] == [
        "f.json:2:3", "f.json:2:8", "f.json:2:9", "f.json:3:2"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty-document"),
        (" \n", "empty-document"),
        ("NaN", "bad-json"),
        ("[Infinity]", "bad-json"),
        ("[1,]", "bad-json"),
        ('{"a" 1}', "bad-json"),
        ("01", "bad-json"),
        ("1 2", "bad-json"),
        ("[1}", "bad-json"),
        ('"\\x"', "bad-json"),
        ('"\n"', "bad-json"),
        ("'a'", "bad-json"),
        ("// a\n1", "bad-json"),
        ('{"a": 1, "a": 1}', "duplicate-key"),
        ('"\\udc00"', "lone-surrogate"),
        ("9" * 41, "huge-number"),
        ("[" * 51 + "]" * 51, "deep-nesting"),
    ],
)
def test_what_is_refused(text: str, code: str) -> None:
    file, problems = read_json(text, "f.json")

    assert file is None
    assert [item.code for item in problems] == [code]
