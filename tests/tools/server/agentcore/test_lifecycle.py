"""Objects come, change and go as the service's do; what is in force is in the store that decides; nothing is lost by a restart."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bylaw.server.agentcore import AgentCoreOptions
from bylaw.server.faults import FaultRule
from tools.server.agentcore.faces import FORBID, GATEWAY, PERMIT, TARGET, Face, refused, serving

SLOW = AgentCoreOptions(settle_seconds=10, semantic_findings=False)
CREATE = "POST /policy-engines/*/policies"


def test_a_policy_is_answered_before_it_is_in_force(face: Face) -> None:
    engine = face.engine()
    made = face.client.create_policy(policyEngineId=engine, name="allow", definition={"cedar": {"statement": PERMIT}})

    assert made["status"] == "CREATING"
    assert face.status(engine, made["policyId"]) == ("ACTIVE", [])
    assert face.enforced(engine) == {made["policyId"]: PERMIT}


def test_everything_takes_its_time(either: str) -> None:
    with serving(either, SLOW) as face:
        engine = face.engine()
        with pytest.raises(ClientError) as early:
            face.policy(engine)
        face.clock.advance(timedelta(seconds=10))
        policy = face.policy(engine)
        assert face.status(engine, policy)[0] == "CREATING"
        assert face.enforced(engine) == {}
        with pytest.raises(ClientError) as busy:
            face.client.delete_policy(policyEngineId=engine, policyId=policy)
        face.clock.advance(timedelta(seconds=10))
        assert face.status(engine, policy)[0] == "ACTIVE"
        face.client.update_policy(policyEngineId=engine, policyId=policy, enforcementMode="LOG_ONLY")
        assert face.status(engine, policy)[0] == "UPDATING"
        face.clock.advance(timedelta(seconds=10))
        for _ in range(2):
            assert face.client.delete_policy(policyEngineId=engine, policyId=policy)["status"] == "DELETING"
        assert face.enforced(engine) == {policy: PERMIT}
        face.clock.advance(timedelta(seconds=10))
        with pytest.raises(ClientError) as gone:
            face.status(engine, policy)
        assert face.enforced(engine) == {}

    assert [refused(caught.value)[0] for caught in (early, busy, gone)] == [409, 409, 404]


def test_patches_change_what_they_name(face: Face) -> None:
    engine = face.engine()
    at = {"policyEngineId": engine, "policyId": face.policy(engine, description="old")}

    def shown() -> tuple[Any, ...]:
        found = face.client.get_policy(**at)
        return found.get("description"), found["enforcementMode"], found["definition"]["cedar"]["statement"]

    assert shown() == ("old", "ACTIVE", PERMIT)
    face.client.update_policy(**at, enforcementMode="LOG_ONLY")
    assert shown() == ("old", "LOG_ONLY", PERMIT)
    face.client.update_policy(**at, description={"optionalValue": "new"}, definition={"cedar": {"statement": FORBID}})
    assert shown() == ("new", "LOG_ONLY", FORBID)
    face.client.update_policy(**at, description={})
    assert shown() == (None, "LOG_ONLY", FORBID)
    assert face.enforced(engine) == {at["policyId"]: FORBID}


def test_a_token_gives_the_same_answer_and_no_second_object(face: Face) -> None:
    engine, token = face.engine(), "t" * 40
    first = face.client.create_policy(
        policyEngineId=engine, name="allow", definition={"cedar": {"statement": PERMIT}}, clientToken=token
    )
    again = face.client.create_policy(
        policyEngineId=engine, name="allow", definition={"cedar": {"statement": PERMIT}}, clientToken=token
    )

    assert (again["policyId"], again["status"]) == (first["policyId"], "CREATING")
    assert len(face.client.list_policies(policyEngineId=engine)["policies"]) == 1


FAILING = {
    "no Cedar": (f"{PERMIT[:-1]} if", "Failed to parse policy: "),
    "two statements": (f"{PERMIT} {FORBID}", "Failed to parse policy: "),
    "a template": ("permit (principal == ?principal, action, resource);", "Failed to parse policy: templates"),
    "temporal logic": ('permit (principal == A::"a", action, resource) when temporal {};', "Failed to parse policy: "),
    "everything permitted": ("permit (principal, action, resource); // all", "Overly Permissive: "),
    "everything forbidden": ("forbid (principal, action, resource); // all", "Overly Restrictive: "),
}


@pytest.mark.parametrize("what", FAILING)
def test_a_bad_policy_is_taken_and_fails_with_its_reasons(what: str, either: str) -> None:
    text, reason = FAILING[what]
    with serving(either) as face:
        engine = face.engine()
        policy = face.policy(engine, text=text)

        status, reasons = face.status(engine, policy)

        assert status == "CREATE_FAILED"
        assert reasons[0].startswith(reason)
        assert face.enforced(engine) == {}
        with pytest.raises(ClientError) as taken:
            face.policy(engine)
        face.client.delete_policy(policyEngineId=engine, policyId=policy)
        assert face.status(engine, face.policy(engine))[0] == "ACTIVE"
    assert refused(taken.value)[0] == 409


def test_a_finding_that_is_ignored_fails_nothing(database: str) -> None:
    with serving(database) as face:
        engine = face.engine()
        text = "permit (principal, action, resource); // all"
        policy = face.policy(engine, text=text, validationMode="IGNORE_ALL_FINDINGS")

        assert face.status(engine, policy) == ("ACTIVE", [])


def test_a_failed_update_leaves_in_force_what_was(face: Face) -> None:
    engine = face.engine()
    at = {"policyEngineId": engine, "policyId": face.policy(engine)}
    face.client.update_policy(**at, definition={"cedar": {"statement": f"{PERMIT} {PERMIT}"}})

    assert face.status(engine, at["policyId"])[0] == "UPDATE_FAILED"
    assert face.enforced(engine) == {at["policyId"]: PERMIT}


ON_GATEWAY = (
    'permit (principal is AgentCore::OAuthUser, action == AgentCore::Action::"{action}", '
    'resource == AgentCore::Gateway::"{arn}") when {{ context.input.amount < 100 }};'
)


def test_a_policy_is_judged_by_the_tools_of_the_gateways_of_its_engine(face: Face) -> None:
    engine = face.client.create_policy_engine(name="desk")
    attached = {"policyEngineConfiguration": {"arn": engine["policyEngineArn"], "mode": "ENFORCE"}}
    gateway = face.client.create_gateway(**GATEWAY, **attached)
    face.client.create_gateway_target(gatewayIdentifier=gateway["gatewayId"], **TARGET)

    def fate(name: str, action: str) -> tuple[str, list[str]]:
        text = ON_GATEWAY.format(action=action, arn=gateway["gatewayArn"])
        return face.status(engine["policyEngineId"], face.policy(engine["policyEngineId"], name, text))

    assert fate("good", "Payments___refund") == ("ACTIVE", [])
    status, reasons = fate("bad", "Payments__refund")
    assert status == "CREATE_FAILED"
    assert reasons[0].startswith("Policy validation failed: no action")


def test_a_new_gateway_refuses_policies_for_a_while(database: str) -> None:
    with serving(database, AgentCoreOptions(gateway_delay_seconds=60, semantic_findings=False)) as face:
        engine = face.engine()
        arn = face.client.create_gateway(**GATEWAY)["gatewayArn"]
        text = ON_GATEWAY.format(action="x", arn=arn)
        assert face.status(engine, face.policy(engine, "early", text))[1][0].startswith(
            "Insufficient permissions to call gateway"
        )
        face.clock.advance(timedelta(seconds=60))

        assert face.status(engine, face.policy(engine, "later", text)) == ("ACTIVE", [])


def test_an_engine_cannot_be_deleted_right_after_its_last_policy(database: str) -> None:
    with serving(database, AgentCoreOptions(drain_seconds=5, semantic_findings=False)) as face:
        engine = face.engine()
        face.client.delete_policy(policyEngineId=engine, policyId=face.policy(engine))
        with pytest.raises(ClientError) as caught:
            face.client.delete_policy_engine(policyEngineId=engine)
        face.clock.advance(timedelta(seconds=5))

        assert face.client.delete_policy_engine(policyEngineId=engine)["status"] == "DELETING"
    assert refused(caught.value)[0] == 409


def test_an_engine_that_a_gateway_asks_cannot_be_deleted(face: Face) -> None:
    engine = face.client.create_policy_engine(name="desk")
    face.client.create_gateway(
        **GATEWAY, policyEngineConfiguration={"arn": engine["policyEngineArn"], "mode": "LOG_ONLY"}
    )

    with pytest.raises(ClientError) as caught:
        face.client.delete_policy_engine(policyEngineId=engine["policyEngineId"])
    assert refused(caught.value)[0] == 409


@pytest.mark.parametrize("size", [1, 3, 10, 100])
def test_pages_hold_everything_once_in_the_order_of_creation(size: int, face: Face) -> None:
    engine = face.engine()
    names = [f"p{number}" for number in range(11)]
    for name in names:
        face.policy(engine, name, PERMIT.replace("ada", name))
    face.policy(face.engine("other"), "elsewhere")

    pages = list(
        face.client.get_paginator("list_policies").paginate(policyEngineId=engine, PaginationConfig={"PageSize": size})
    )

    assert [policy["name"] for page in pages for policy in page["policies"]] == names
    assert [len(page["policies"]) for page in pages[:-1]] == [size] * (len(pages) - 1)


def test_ten_come_where_nobody_says_how_many_and_a_page_token_is_good_for_its_listing_only(face: Face) -> None:
    engine, other = face.engine(), face.engine("other")
    for number in range(11):
        face.policy(engine, f"p{number}", PERMIT.replace("ada", str(number)))
    page = face.client.list_policies(policyEngineId=engine)

    assert len(page["policies"]) == 10
    with pytest.raises(ClientError) as caught:
        face.client.list_policies(policyEngineId=other, nextToken=page["nextToken"])
    assert refused(caught.value)[0] == 400


def test_a_listing_can_be_of_what_names_a_resource(face: Face) -> None:
    engine = face.engine()
    arn = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:gateway/front-0123456789"
    naming = face.policy(engine, "naming", f'permit (principal, action, resource == AgentCore::Gateway::"{arn}");')
    face.policy(engine, "other")

    found = face.client.list_policies(policyEngineId=engine, targetResourceScope=arn)["policies"]

    assert [policy["policyId"] for policy in found] == [naming]


def test_a_generated_policy_becomes_its_text(face: Face) -> None:
    engine = face.engine()
    at = {"policyEngineId": engine}
    resource = {"arn": "arn:aws:bedrock-agentcore:eu-west-1:123456789012:gateway/front-0123456789"}
    for name, prose in (("good", FORBID), ("bad", "only on Mondays")):
        at[name] = face.client.start_policy_generation(
            policyEngineId=engine, name=name, resource=resource, content={"rawText": prose}
        )["policyGenerationId"]
    good, bad = (
        face.client.list_policy_generation_assets(policyEngineId=engine, policyGenerationId=at[name])[
            "policyGenerationAssets"
        ][0]
        for name in ("good", "bad")
    )
    reference = {"policyGenerationId": at["good"], "policyGenerationAssetId": good["policyGenerationAssetId"]}
    made = face.client.create_policy(policyEngineId=engine, name="made", definition={"policyGeneration": reference})

    assert made["definition"] == {"cedar": {"statement": FORBID}}
    assert bad["findings"][0]["type"] == "NOT_TRANSLATABLE"
    assert "definition" not in bad


def test_a_restart_loses_nothing(either: str) -> None:
    with serving(either) as face:
        engine = face.engine()
        policy = face.policy(engine, clientToken="t" * 40)
    with serving(either) as face:
        assert face.status(engine, policy) == ("ACTIVE", [])
        assert face.policy(engine, clientToken="t" * 40) == policy
        assert face.enforced(engine) == {policy: PERMIT}


FATES = {
    "stuck": (FaultRule(kind="stuck", match=CREATE, seconds=86_400), "CREATING", []),
    "failed": (FaultRule(kind="create-failed", match=CREATE, reason="no room"), "CREATE_FAILED", ["no room"]),
}


@pytest.mark.parametrize("what", FATES)
def test_a_rehearsed_fate_comes_true(what: str, database: str) -> None:
    rule, status, reasons = FATES[what]
    with serving(database, faults=[rule]) as face:
        engine = face.engine()
        policy = face.policy(engine)
        face.clock.advance(timedelta(hours=1))

        assert face.status(engine, policy) == (status, reasons)
        assert face.enforced(engine) == {}
