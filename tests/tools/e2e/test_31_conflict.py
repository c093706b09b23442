"""A policy that changed both in git and on the target is nobody's to overwrite."""

import pytest

from tools.e2e.driver import CAP, Bylaw
from tools.pipeline.repositories import PERMIT


@pytest.fixture
def disputed(applied: Bylaw) -> Bylaw:
    """Git changes a policy that somebody switched off on the target."""
    applied.tamper(
        "update bylaw_policy set mode = 'log_only', revision = revision + 1 where name = 'shop/access/read-front'"
    )
    applied.commit({CAP: PERMIT.replace("100", "900")})
    return applied


@pytest.mark.parametrize("options", [(), ("--heal",), ("--no-heal",)], ids=" ".join)
def test_a_conflict_is_refused_with_nothing_written(disputed: Bylaw, options: tuple[str, ...]) -> None:
    before = disputed.dump()

    result = disputed.run("reconcile", *options)

    assert result.code == 8
    assert "shop/access/read-front" in result.stderr
    assert "bylaw drift" in result.stderr
    assert disputed.written_since(before) == ()


def test_the_plan_shows_the_conflict_and_exits_8(disputed: Bylaw) -> None:
    result = disputed.run("plan")

    assert result.code == 8
    assert "shop/access/read-front" in result.stdout


def test_a_conflict_ends_when_the_target_is_put_back(disputed: Bylaw) -> None:
    disputed.tamper(
        "update bylaw_policy set mode = 'active', revision = revision + 1 where name = 'shop/access/read-front'"
    )

    disputed.ok("reconcile")

    assert "900" in disputed.live()["shop/access/read-front"][1]
