"""One value of a file that people wrote changes; whoever reads the file sees that change and nothing else."""

import copy
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.model.errors import UsageError
from bylaw.repository.documents.loading import load_document
from bylaw.repository.documents.settings import Settings
from bylaw.repository.yaml_editing import set_value
from bylaw.repository.yaml_reader import read_yaml

ROUTE = ("targets", "prod", "suspend")
VALUE = {"reason": "freeze", "by": "ops", "until": "2026-12-31T00:00:00Z"}

WRITTEN = """# Who deploys what.

version: 1  # of the format
owner: example/policies

# Limits first: they are what one looks for.
targets:
  test:
    backend: local   # a file
    url: "sqlite:///.bylaw/test.db"

  # Ask in #payments first.
  prod:  # customers
    # in Frankfurt
    backend: local
    url_env: 'PROD_URL'
    limits: {max_deletes: 2, max_change_ratio: 0.30}  # agreed on
    ignore_drift:
      # until the console is closed
      - policies: ["shop/*"]
        field: mode
        reason: >-
          They switch modes by hand,
          which ends this year.
        until: 2026-12-31
  spare:
    backend: local

lint:
  fail_on: "warning"
  rules: {all: {level: "off"}}
"""


def plain(text: str) -> Any:
    file, problems = read_yaml(text, "bylaw.yaml")
    assert problems == ()
    assert file is not None
    return file.plain


def at(document: Any, route: tuple[str, ...]) -> Any:
    for step in route:
        document = document[step]
    return document


def changed(text: str, route: tuple[str, ...], value: dict[str, str] | None) -> Any:
    """What `text` says after the edit, by a change of its plain values."""
    document = copy.deepcopy(plain(text))
    if value is None:
        at(document, route[:-1]).pop(route[-1], None)
    else:
        at(document, route[:-1])[route[-1]] = value
    return document


def keys(document: Any) -> Any:
    """The keys of all mappings in their order."""
    if isinstance(document, dict):
        return [(key, keys(value)) for key, value in document.items()]
    return [keys(item) for item in document] if isinstance(document, list) else None


def test_a_new_value_is_the_only_line_that_changes() -> None:
    after = set_value(WRITTEN, ROUTE, VALUE)

    added = '    suspend:\n      reason: freeze\n      by: ops\n      until: "2026-12-31T00:00:00Z"\n'
    assert after == WRITTEN.replace("  spare:\n", added + "  spare:\n")


@pytest.mark.parametrize("target", ["prod", "spare"])
def test_what_is_set_and_removed_again_leaves_no_trace(target: str) -> None:
    route = ("targets", target, "suspend")

    assert set_value(set_value(WRITTEN, route, VALUE), route, None) == WRITTEN


@pytest.mark.parametrize("route", [ROUTE, ("waivers",), ("targets", "none"), ("lint", "rules", "none")])
def test_removing_what_is_not_there_changes_nothing(route: tuple[str, ...]) -> None:
    assert set_value(WRITTEN, route, None) == WRITTEN


def test_the_settings_that_are_written_are_settings() -> None:
    settings, problems = load_document(Settings, set_value(WRITTEN, ROUTE, VALUE), "bylaw.yaml")

    assert problems == ()
    assert settings is not None
    suspension = settings.targets["prod"].suspend
    assert suspension is not None
    assert (suspension.reason, suspension.by, suspension.until.year) == ("freeze", "ops", 2026)
    assert settings.targets["test"].suspend is None


SHORT = {"by": "ops"}
EDITS: dict[str, tuple[str, dict[str, str] | None, str]] = {
    "into a block": (
        "targets:\n  prod:\n    backend: local\n",
        SHORT,
        "targets:\n  prod:\n    backend: local\n    suspend:\n      by: ops\n",
    ),
    "into a block before another": (
        "targets:\n  prod:\n    backend: local\n  test: {}\n",
        SHORT,
        "targets:\n  prod:\n    backend: local\n    suspend:\n      by: ops\n  test: {}\n",
    ),
    "into a flow mapping": (
        "targets: {prod: {backend: local}, test: {}} # all\n",
        SHORT,
        "targets: {prod: {backend: local, suspend: {by: ops}}, test: {}} # all\n",
    ),
    "into an empty mapping": ("targets:\n  prod: {}\n", SHORT, "targets:\n  prod: {suspend: {by: ops}}\n"),
    "over a value": (
        "targets:\n  prod:\n    suspend:\n      by: ann\n      until: never\n    backend: local\n",
        SHORT,
        "targets:\n  prod:\n    suspend:\n      by: ops\n    backend: local\n",
    ),
    "over an empty value": (
        "targets:\n  prod:\n    suspend:\n    backend: local\n",
        SHORT,
        "targets:\n  prod:\n    suspend:\n      by: ops\n    backend: local\n",
    ),
    "over a value with a remark": (
        "targets:\n  prod:\n    suspend: # audit\n      by: ann\n    backend: local # x\n",
        SHORT,
        "targets:\n  prod:\n    suspend: # audit\n      by: ops\n    backend: local # x\n",
    ),
    "above the remark of the next": (
        "targets:\n  prod:\n    backend: local\n  # the next one\n  test:\n    backend: local\n",
        SHORT,
        "targets:\n  prod:\n    backend: local\n    suspend:\n      by: ops\n  # the next one\n  test:\n    backend: local\n",
    ),
    "into a deeply indented block": (
        "targets:\n    prod:\n        backend: local\n",
        SHORT,
        "targets:\n    prod:\n        backend: local\n        suspend:\n          by: ops\n",
    ),
    "into a flow mapping on lines": (
        "targets:\n  prod: {\n    backend: local, # kind\n  }\n",
        SHORT,
        "targets:\n  prod: {\n    backend: local, suspend: {by: ops}, # kind\n  }\n",
    ),
    "of no keys": (
        "targets:\n  prod:\n    backend: local\n",
        {},
        "targets:\n  prod:\n    backend: local\n    suspend: {}\n",
    ),
    "away from a block": (
        "targets:\n  prod:\n    suspend:\n      by: ann\n    backend: local # x\n    # last\n",
        None,
        "targets:\n  prod:\n    backend: local # x\n    # last\n",
    ),
    "away from the end of a block": (
        "targets:\n  prod:\n    # kind\n    backend: local # x\n    suspend: {by: ann}\n  # next\n",
        None,
        "targets:\n  prod:\n    # kind\n    backend: local # x\n  # next\n",
    ),
    "away from a flow mapping": (
        "targets: {prod: {suspend: {by: ann}, backend: local}}\n",
        None,
        "targets: {prod: {backend: local}}\n",
    ),
    "the last key away": ("targets:\n  prod:\n    suspend: {}\n", None, "targets:\n  prod: {}\n"),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_is_written_in_the_style_around_it(what: str) -> None:
    before, value, after = EDITS[what]

    assert set_value(before, ROUTE, value) == after


def test_a_value_at_the_top_comes_last() -> None:
    after = set_value(WRITTEN, ("waiver",), SHORT)

    assert after == WRITTEN + "waiver:\n  by: ops\n"
    assert set_value(after, ("waiver",), None) == WRITTEN


KEPT = [
    "a: 'it''s'",
    'a: "double"',
    "a: plain words # remark",
    "a: 0x1F",
    "a: 0o17",
    "a: 010",
    "a: 1_000",
    "a: 1.50",
    "a: .5",
    "a: 1e3",
    "a: 12:30:45",
    "a: 2026-01-01",
    "a: 2026-01-01T00:00:00Z",
    "a: yes",
    "a: off",
    "a: true",
    "a: =",
    "a: ''",
    "a: |\n  literal\n    more\n",
    "a: >-\n  folded\n  more\n\n  and more",
    "a: [1, two, 'three'] # remark",
    "a:\n  - 1\n  # remark\n  - b: 2\n    c: 3\n",
    "a: https://example.com/x?y=z#w",
    "a: größe 😀",
    "about: one\n  two",
    "---\na: 1",
    "a:   1",
    "a:\n- b: 1\n- c",
    "a: ~",
    "a: NULL",
    "a: True",
    "a: +1",
    "a: -0",
    "a: 1.",
    "a: 'x'   ",
    'a: "\\u00e9 \\x41\\n"',
    "a: 0.10",
    "a: 1E5",
    f"a: {'word ' * 500}end",
    f"a: {{{', '.join(f'key{number}: {number}' for number in range(300))}}}",
]


@pytest.mark.parametrize("line", KEPT)
def test_no_other_value_is_written_anew(line: str) -> None:
    text = f"{line.rstrip()}\ntargets:\n  prod:\n    backend: local\n"
    edited = set_value(text, ROUTE, SHORT)

    assert edited == text + "    suspend:\n      by: ops\n"
    assert set_value(edited, ROUTE, None) == text


NO_PLACE = {
    "an empty file": "",
    "only a remark": "# later\n",
    "a list": "- targets\n",
    "a word": "targets\n",
    "no targets": "version: 1\n",
    "empty targets": "targets:\n",
    "targets in a list": "targets: [prod]\n",
    "another target": "targets:\n  test:\n    backend: local\n",
    "another target of a similar name": "targets:\n  prod-eu:\n    backend: local\n",
    "a target that is empty": "targets:\n  prod:\n",
    "a target that is a word": "targets:\n  prod: local\n",
    "a target that is a list": "targets:\n  prod: [backend]\n",
}


@pytest.mark.parametrize("value", [SHORT, None], ids=["set", "remove"])
@pytest.mark.parametrize("what", NO_PLACE)
def test_a_file_without_that_place_is_a_usage_error(what: str, value: dict[str, str] | None) -> None:
    with pytest.raises(UsageError, match=r"nothing at `targets\.prod`"):
        set_value(NO_PLACE[what], ROUTE, value)


UNUSUAL = {
    "a date that is none": "waivers:\n  - until: 2026-02-30\ntargets:\n  prod: {}\n",
    "line ends of old": "targets:\r  prod: {}\r",
}


@pytest.mark.parametrize("what", UNUSUAL)
def test_an_unusual_file_is_edited_rightly_or_refused(what: str) -> None:
    text = UNUSUAL[what]

    try:
        after = set_value(text, ROUTE, SHORT)
    except UsageError:
        return
    assert plain(after) == changed(text, ROUTE, SHORT)


@pytest.mark.parametrize("reason", [".5e3", "a\x85b", "\u2028", 'it\'s: "x" # y', " ", "\ufeff"])
def test_what_is_written_is_what_is_read(reason: str) -> None:
    after = set_value("targets:\n  prod: {}\n", ROUTE, {"reason": reason})

    assert plain(after) == {"targets": {"prod": {"suspend": {"reason": reason}}}}


def test_deep_nesting_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        set_value("a: " + "[" * 3000 + "]" * 3000 + "\n", ROUTE, None)


NO_YAML = {
    "a bracket without its end": "targets: [\n",
    "a tab for indentation": "targets:\n\tprod: {}\n",
    "a key twice": "targets:\n  prod: {}\n  prod: {}\n",
    "two documents": "targets: {}\n---\ntargets: {}\n",
    "a control character": "targets: \x07\n",
    "an alias of nothing": "targets: *none\n",
    "a text that does not end": 'targets: "x\n',
}


@pytest.mark.parametrize("what", NO_YAML)
def test_a_file_that_is_no_yaml_is_a_usage_error(what: str) -> None:
    with pytest.raises(UsageError, match="the file is no valid YAML") as caught:
        set_value(NO_YAML[what], ROUTE, SHORT)

    assert caught.value.help == "run `bylaw check` for the place"


def test_a_tag_in_a_file_makes_nothing_happen() -> None:
    text = "a: !!python/object/apply:os.abort []\ntargets:\n  prod: {}\n"

    with pytest.raises(UsageError, match="the tag"):
        set_value(text, ROUTE, None)


WORDS = "yes no on off true Null ~ << = --- ... 1 0x1 0o7 010 1_0 1.5 1e3 .inf 12:30 2026-01-01 - ? :"
LOOKS = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.text(" \t\n:#-'\"{}[],&*!|>%@`?=~<.\\", max_size=8)
    | st.sampled_from(WORDS.split())
)
"""Texts that YAML could take for something else."""
REMARKS = st.sampled_from(["", "", " # why", "  # a: b"])
ABOVE = st.sampled_from(["", "", "\n", "# above\n", "\n# above\n"])
TARGETS = st.lists(st.sampled_from(["prod", "test", "spare", "old"]), min_size=1, max_size=4, unique=True)
SCALARS = st.sampled_from(
    ["local", "'it''s'", '"x: y"', "3", "[a, 'b']", "{x: 1}", "2026-01-01", "|-\n      a\n      b"]
)


@st.composite
def files(draw: st.DrawFn, above: st.SearchStrategy[str] = ABOVE) -> tuple[str, tuple[str, ...]]:
    """A file in the style of our documentation, and a target in it."""
    targets = draw(TARGETS)
    lines = [f"version: 1{draw(REMARKS)}\n", draw(above), f"targets:{draw(REMARKS)}\n"]
    for target in targets:
        lines += [indented(draw(above), 2), f"  {target}:{draw(REMARKS)}\n"]
        for key in draw(st.lists(st.sampled_from("abcde"), min_size=1, unique=True)):
            scalar = draw(SCALARS)
            lines += [indented(draw(above), 4), f"    {key}: {scalar}{'' if '|' in scalar else draw(REMARKS)}\n"]
    lines += draw(st.sampled_from([[], ["lint: {}\n"], ["lint:\n", "  - a\n", "  # end\n", "  - b\n"]]))
    return "".join(lines), ("targets", draw(st.sampled_from(targets)), "suspend")


def indented(remark: str, depth: int) -> str:
    return remark.replace("#", " " * depth + "#")


@settings(deadline=None)
@given(files(), st.dictionaries(st.sampled_from(["reason", "by", "until"]), LOOKS))
def test_a_reader_sees_the_new_value_and_every_old_one(
    file: tuple[str, tuple[str, ...]], value: dict[str, str]
) -> None:
    text, route = file

    after = set_value(text, route, value)

    assert plain(after) == changed(text, route, value)
    assert keys(plain(after)) == keys(changed(text, route, value))


@settings(deadline=None)
@given(files(), st.dictionaries(st.sampled_from(["reason", "by", "until"]), st.sampled_from(["x", "a: b"])))
def test_a_new_value_costs_no_remark(file: tuple[str, tuple[str, ...]], value: dict[str, str]) -> None:
    text, route = file

    after = set_value(text, route, value)

    assert re.findall("#.*", after) == re.findall("#.*", text)
    added = [line for line in after.splitlines() if line not in text.splitlines()]
    assert len(added) == len(value) + 1
    assert [line for line in after.splitlines() if line not in added] == text.splitlines()


@settings(deadline=None)
@given(files(), st.sampled_from([VALUE, SHORT, None]), st.sampled_from([VALUE, SHORT, {}]))
def test_the_last_edit_counts(
    file: tuple[str, tuple[str, ...]], first: dict[str, str] | None, second: dict[str, str]
) -> None:
    text, route = file

    after = set_value(text, route, second)

    assert plain(set_value(after, route, second)) == plain(after)
    assert plain(set_value(set_value(text, route, first), route, second)) == plain(after)
    assert plain(set_value(after, route, None)) == plain(text)


@settings(deadline=None)
@given(files(), st.sampled_from([VALUE, SHORT]))
def test_an_edit_repeats_and_its_way_back_leaves_the_text_as_it_was(
    file: tuple[str, tuple[str, ...]], value: dict[str, str]
) -> None:
    text, route = file

    after = set_value(text, route, value)

    assert set_value(after, route, value) == after
    assert set_value(after, route, None) == text
