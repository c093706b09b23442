"""A second run is empty."""

from tools.e2e.driver import Bylaw


def test_a_second_reconcile_changes_no_policy_version_or_audit_row(applied: Bylaw) -> None:
    def state() -> list[str]:
        return [line for line in applied.dump() if "bylaw_state" not in line]

    before = state()

    applied.ok("reconcile", "--target", "local")

    assert state() == before


def test_the_plan_after_an_apply_is_empty(applied: Bylaw) -> None:
    assert applied.run("plan", "--detailed-exitcode").code == 0
    assert applied.run("drift", "--detailed-exitcode").code == 0


def test_a_reformatted_policy_is_no_change(applied: Bylaw) -> None:
    applied.commit(
        {"policies/shop/guards/level.cedar": "// why\nforbid(principal,action,resource)when{principal.level<1};\n"}
    )

    assert applied.run("plan", "--detailed-exitcode").code == 0
