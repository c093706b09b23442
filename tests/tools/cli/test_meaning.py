"""What a change means, what policies allow and whether invariants hold, from the command line."""

import re

import pytest

from tools.cli.calling import Cli
from tools.pipeline.repositories import PERMIT

READ = "policies/shop/access/read-front.cedar"
LOOSER = PERMIT.replace("<= 100", "<= 200")
TIGHTER = PERMIT.replace("<= 100", "<= 50")
SAME = PERMIT.replace("context.amount <= 100", "context.amount < 101")
INVARIANTS = "tests/policies/shop/safety.invariants.yaml"
NEVER_ABOVE = """version: 1
invariants:
  - id: small
    description: nobody reads more than a hundred
    never: permit (principal, action == App::Action::"read", resource) when { context.amount > 100 };
"""


class TestDiff:
    def test_what_is_newly_allowed_is_told_first_and_shown(self, shop: Cli) -> None:
        shop.write(READ, LOOSER)

        called = shop.ok("diff", "HEAD")

        first, *rest = called.stdout.splitlines()
        assert first == "This change newly allows requests in 1 of 2 request environments of 1 app."
        assert any(line.split() == ["context.amount", "101"] for line in rest)
        assert any("allow by access/read-front" in line for line in rest)

    @pytest.mark.parametrize(
        ("text", "level", "code"),
        [
            (LOOSER, "widens", 5),
            (LOOSER, "changes", 5),
            (LOOSER, "unknown", 0),
            (TIGHTER, "widens", 0),
            (TIGHTER, "changes", 5),
            (SAME, "widens", 0),
            (SAME, "changes", 0),
            (SAME, "any", 6),
        ],
    )
    def test_levels_that_fail(self, shop: Cli, text: str, level: str, code: int) -> None:
        shop.write(READ, text)

        assert shop.run("diff", "HEAD", "--fail-on", level).code == code

    @pytest.mark.parametrize(
        ("text", "options", "verdict"),
        [
            (LOOSER, (), "widens"),
            (SAME, (), "equal"),
            (LOOSER, ("--structural",), "unknown"),
            (LOOSER, ("--timeout-seconds", "0"), "unknown"),
            (f"// why\n{PERMIT}", (), "equal"),
        ],
    )
    def test_a_workflow_gets_the_verdict(
        self, shop: Cli, monkeypatch: pytest.MonkeyPatch, text: str, options: tuple[str, ...], verdict: str
    ) -> None:
        monkeypatch.setenv("GITHUB_OUTPUT", str(shop.root / "output"))
        shop.write(READ, text)

        shop.run("diff", "HEAD", "--no-cache", "--format", "github", *options)

        assert re.search(rf"^verdict<<(\w+)\n{verdict}\n\1$", shop.read("output"), re.MULTILINE)

    def test_without_a_proof_nothing_looks_proved(self, shop: Cli) -> None:
        shop.write(READ, LOOSER)

        assert shop.ok("diff", "HEAD", "--structural").stdout.endswith("\nWhat this changes is not proved.\n")
        out = shop.ok("diff", "HEAD", "--no-cache", "--timeout-seconds", "0").stdout
        assert out.startswith("It could not be settled what this change allows.\n")
        assert "\nWhat is settled: proved for every request" in out

    def test_without_a_solver_the_text_is_reviewed_all_the_same(
        self, shop: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bylaw.cli.diff.find_spec", lambda _: None)
        shop.write(READ, LOOSER)

        assert shop.ok("diff", "HEAD").stdout.endswith("\nWhat this changes is not proved.\n")

    def test_what_is_printed_can_be_accepted_and_holds_for_that_change_alone(self, shop: Cli) -> None:
        shop.write(READ, LOOSER)
        refused = shop.run("diff", "HEAD", "--fail-on", "widens")
        assert refused.code == 5
        printed = refused.stdout[refused.stdout.index("version: 1") :]
        shop.write("accepted.yaml", printed.replace("<why this is wanted>", "finance asked for it"))

        assert shop.run("diff", "HEAD", "--fail-on", "widens", "--accept", "accepted.yaml").code == 0

        shop.write(READ, LOOSER.replace("200", "300"))
        assert shop.run("diff", "HEAD", "--fail-on", "widens", "--accept", "accepted.yaml").code == 5

    def test_an_acceptance_without_a_reason_is_refused(self, shop: Cli) -> None:
        shop.write(READ, LOOSER)
        shop.write("accepted.yaml", "version: 1\naccepted: [{app: shop, policy: x, change: widens}]\n")

        called = shop.run("diff", "HEAD", "--accept", "accepted.yaml")

        assert called.code == 3
        assert "`reason` is missing" in called.stderr

    def test_a_file_of_acceptances_that_is_not_there(self, shop: Cli) -> None:
        shop.write(READ, LOOSER)

        assert shop.run("diff", "HEAD", "--accept", "nowhere.yaml").code == 3

    def test_without_time_nothing_is_settled_and_nothing_passes(self, shop: Cli) -> None:
        shop.write(READ, LOOSER)

        called = shop.run("diff", "HEAD", "--no-cache", "--timeout-seconds", "0", "--fail-on", "widens")

        assert called.code == 5
        assert "the time of the run was up" in called.stdout

    def test_the_structure_alone(self, shop: Cli) -> None:
        shop.write(READ, LOOSER)

        assert "newly allows" not in shop.ok("diff", "HEAD", "--structural").stdout
        assert shop.run("diff", "HEAD", "--structural", "--fail-on", "widens").code == 2

    def test_an_app_that_is_not_valid_is_not_judged(self, shop: Cli) -> None:
        shop.write(READ, PERMIT.replace("context.amount", "context.amoumt"))

        called = shop.run("diff", "HEAD", "--fail-on", "unknown")

        assert called.code == 5
        assert "after the change the app is not valid: policies/shop/access/read-front.cedar:6" in called.stdout

    def test_a_new_app_allows_what_it_allows(self, shop: Cli) -> None:
        shop.write(
            "policies/other/app.yaml",
            "app: other\nabout: x\nowners: [a]\nschema: schemas/shop.cedarschema\ntargets: {}\n",
        )
        shop.write("policies/other/all.cedar", 'permit (principal, action == App::Action::"write", resource);\n')

        called = shop.ok("diff", "HEAD")

        assert "newly allows requests in 1 of 2 request environments" in called.stdout

    def test_json_has_request_and_entities_to_run_again(self, shop: Cli) -> None:
        shop.write(READ, LOOSER)

        (app,) = shop.ok("diff", "HEAD", "--format", "json").json["meaning"]["apps"]

        (widened,) = [item for item in app["environments"] if item["verdict"] == "widens"]
        (example,) = widened["newly_allowed"]
        assert example["request"]["context"] == {"amount": 101}
        assert {entity["uid"]["type"] for entity in example["entities"]} == {"App::User", "App::Gateway"}

    def test_kept_proofs_say_the_same(self, shop: Cli) -> None:
        shop.write(READ, LOOSER)

        first, second = (shop.ok("diff", "HEAD").stdout for _ in range(2))

        assert first == second == shop.ok("diff", "HEAD", "--no-cache").stdout

    def test_open_world(self, shop: Cli) -> None:
        shop.write(READ, LOOSER)

        assert "entities missing or not" in shop.ok("diff", "HEAD", "--open-world").stdout


class TestAsk:
    def test_who_can(self, shop: Cli) -> None:
        called = shop.ok("ask", 'who can App::Action::"read" on … with context.amount > 99')

        assert "allowed  App::User → read → App::Gateway" in called.stdout
        assert re.search(r"context\.amount\s+100\n", called.stdout)

    @pytest.mark.parametrize(
        ("question", "answer"),
        [
            ('who can App::Action::"read" with context.amount > 100', "never"),
            ('who can App::Action::"write"?', "never"),
            ('what can App::User::"ann" do on App::Gateway::"front"', "some"),
            ('can App::User do App::Action::"read" on anything with principal.level < 1', "never"),
        ],
    )
    def test_forms_of_questions(self, shop: Cli, question: str, answer: str) -> None:
        assert shop.run("ask", question, "--expect", answer).code == 0
        assert shop.run("ask", question, "--expect", "never" if answer == "some" else "some").code == 4

    @pytest.mark.parametrize(
        ("question", "code"),
        [
            ("who is it", 2),
            ('who can App::Action::"read" with context.amoumt > 1', 3),
            ('who can App::Action::"read" with )', 3),
            ('who can App::Action::"fly"', 3),
            ('who can App::Action::"read" with true }; permit (principal, action, resource) when { true', 3),
        ],
    )
    def test_questions_that_are_none(self, shop: Cli, question: str, code: int) -> None:
        called = shop.run("ask", question)

        assert called.code == code
        assert "help:" in called.stderr or code == 3


class TestInvariants:
    def test_one_that_holds_is_counted(self, shop: Cli) -> None:
        shop.write(INVARIANTS, NEVER_ABOVE)

        assert "1 invariant proved." in shop.ok("check").stdout

    def test_one_that_is_broken_fails_with_a_request(self, shop: Cli) -> None:
        shop.write(INVARIANTS, NEVER_ABOVE.replace("> 100", "> 99"))

        called = shop.run("check")

        assert called.code == 4
        assert (
            "error[invariant-broken]: the invariant `small` (nobody reads more than a hundred) does not hold"
            in called.all
        )
        assert "context.amount = 100" in called.all
        assert f"{INVARIANTS}:3:9" in called.all
        assert "1 of 1 invariant not proved" in called.stdout

    def test_a_broken_one_is_never_remembered_as_clean(self, shop: Cli) -> None:
        shop.write(INVARIANTS, NEVER_ABOVE.replace("> 100", "> 99"))

        assert [shop.run("check").code for _ in range(2)] == [4, 4]

    def test_an_app_that_nobody_has(self, shop: Cli) -> None:
        shop.write(INVARIANTS, "version: 1\ninvariants: [{id: within, implies: nowhere}]\n")

        called = shop.run("check")

        assert called.code == 3
        assert "no app `nowhere`" in called.all

    def test_json_has_every_proof(self, shop: Cli) -> None:
        shop.write(INVARIANTS, NEVER_ABOVE)

        (proof,) = shop.ok("check", "--format", "json").json["invariants"]

        assert (proof["app"], proof["id"], proof["holds"]) == ("shop", "small", True)
