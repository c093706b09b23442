"""Protected policies stay, whatever else is waived."""

from tools.e2e.driver import LEVEL, Bylaw, waiver
from tools.pipeline.repositories import APP, SETTINGS

PROTECTING = f'{APP}protected: ["guards/*"]\n'


def test_a_protected_policy_is_not_removed_together_with_its_protection(applied: Bylaw) -> None:
    applied.commit({"policies/shop/app.yaml": PROTECTING})
    applied.ok("reconcile")

    applied.commit({LEVEL: None, "policies/shop/app.yaml": APP, "bylaw.yaml": SETTINGS + waiver("forbid_removals")})
    result = applied.run("reconcile")

    assert result.code == 7
    assert "protected" in result.stderr
    assert "shop/guards/level" in applied.live()


def test_a_waiver_that_names_the_protection_lets_it_go(applied: Bylaw) -> None:
    applied.commit({"policies/shop/app.yaml": PROTECTING})
    applied.ok("reconcile")

    waivers = waiver("forbid_removals", "protected")
    applied.commit({LEVEL: None, "bylaw.yaml": SETTINGS + waivers})
    applied.ok("reconcile")

    assert set(applied.live()) == applied.named("access/read-front")
