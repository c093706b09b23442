"""Policies that could be removed, because of others, in every environment where they can be satisfied."""

import pytest

from tools.analysis.smt.surveyed import app, by, fact, proven

ANY = "permit (principal, action, resource)"
READ = 'permit (principal, action == Action::"read", resource)'
WRITE = 'permit (principal, action == Action::"write", resource)'
EVERYWHERE = ("read", "write")


def redundant(**policies: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """The redundant policies with what covers them."""
    found = proven(app(**policies))
    assert not found.unknown
    return {one.ref.policy: by(one.redundant) for one in found.policies if one.redundant}


def test_covered_by_two_others_together() -> None:
    assert redundant(
        a=f"{READ} when {{ context.amount > 3 && context.amount < 6 }};",
        b=f"{READ} when {{ context.amount > 2 && context.amount < 5 }};",
        c=f"{READ} when {{ context.amount > 4 && context.amount < 9 }};",
        d=f"{READ} when {{ context.urgent }};",
    ) == {"a": {"read": ("b", "c")}}


def test_not_covered_where_one_request_is_left() -> None:
    assert not redundant(
        a=f"{READ} when {{ context.amount > 3 && context.amount < 6 }};",
        b=f"{READ} when {{ context.amount > 2 && context.amount < 5 }};",
        c=f"{READ} when {{ context.amount > 5 && context.amount < 9 }};",
    )


def test_covered_in_one_of_two_environments_only() -> None:
    assert not redundant(a=f"{ANY} when {{ context.urgent }};", b=f"{READ};")


def test_covered_in_each_environment_by_another() -> None:
    assert redundant(a=f"{ANY} when {{ context.urgent }};", b=f"{READ};", c=f"{WRITE};") == {
        "a": {"read": ("b",), "write": ("c",)}
    }


def test_environments_where_it_is_never_satisfied_do_not_count() -> None:
    assert redundant(a=f'{ANY} when {{ action == Action::"read" && context.urgent }};', b=f"{READ};") == {
        "a": {"read": ("b",)}
    }


def test_of_two_equal_policies_the_later_is_reported() -> None:
    assert redundant(a=f"{READ} when {{ context.urgent }};", b=f"{READ} when {{ context.urgent }};") == {
        "b": {"read": ("a",)}
    }


def test_of_policies_that_say_the_same_in_other_words_one_is_kept() -> None:
    found = redundant(
        a=f"{READ} when {{ context.amount > 3 }};",
        b=f"{READ} unless {{ context.amount <= 3 }};",
        c=f"{READ} when {{ context.amount > 3 || (context.amount > 4 && context.urgent) }};",
        d=f"{READ} when {{ 4 <= context.amount }};",
    )

    assert set(found) == {"b", "c", "d"}


def test_what_covers_is_not_itself_removed_without_cover() -> None:
    # Each is covered by the other two.
    found = redundant(
        a=f"{READ} when {{ context.amount < 5 || context.amount > 9 }};",
        b=f"{READ} when {{ context.amount > 3 && context.amount < 12 }};",
        c=f"{READ} when {{ context.amount < 4 || context.amount > 7 }};",
    )

    assert len(found) == 1


def test_a_narrow_policy_is_reported_rather_than_the_wide_one_it_helps_to_cover() -> None:
    assert redundant(
        a=f"{READ} when {{ context.urgent }};", b=f"{READ} unless {{ context.urgent }};", c=f"{READ};"
    ) == {"a": {"read": ("c",)}, "b": {"read": ("c",)}}


def test_a_policy_that_may_err_does_not_cover_where_it_errs() -> None:
    assert not redundant(
        a=f"{READ} when {{ context.urgent }};",
        b=f"{READ} when {{ context.amount + 1 > context.amount || context.urgent }};",
    )


def test_only_policies_of_the_same_effect_cover() -> None:
    forbid = 'forbid (principal, action == Action::"read", resource)'

    assert redundant(
        a=f"{READ};",
        b=f"{forbid} when {{ context.urgent }};",
        c=f"{forbid} when {{ context.urgent && principal.active }};",
    ) == {"c": {"read": ("b",)}}


@pytest.mark.parametrize(
    ("narrow", "wide", "covered"),
    [
        ('principal == User::"a"', "principal is User", True),
        ('principal == User::"a"', 'principal == User::"b"', False),
        ('principal in Team::"a"', "principal", True),
        ('principal == User::"a"', 'principal in Team::"a"', False),
    ],
)
def test_scopes(narrow: str, wide: str, covered: bool) -> None:  # noqa: FBT001
    program = app(a=f"permit ({narrow}, action, resource);", b=f"permit ({wide}, action, resource);")

    assert bool(fact("a", program).redundant) is covered
    assert not fact("b", program).redundant


def test_patterns() -> None:
    assert redundant(
        a=f'{READ} when {{ context.region like "de-x-*" }};', b=f'{READ} when {{ context.region like "de-*" }};'
    ) == {"a": {"read": ("b",)}}


def test_policies_for_many_agents_are_told_apart() -> None:
    policies = {
        f"p{number}": f'permit (principal == User::"u{number % 20}", action, resource) when {{ context.amount < {number} }};'
        for number in range(40)
    }

    found = redundant(**policies)

    assert found == {f"p{n}": dict.fromkeys(EVERYWHERE, (f"p{n + 20}",)) for n in range(20)}
