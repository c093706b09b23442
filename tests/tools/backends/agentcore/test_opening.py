"""Opening a target: which SDK, whose credentials, and nothing sent."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import botocore
import botocore.session
import pytest
from botocore.loaders import Loader

from bylaw.backends.agentcore import CAPABILITIES, open_agentcore
from bylaw.backends.agentcore.opening import SERVICE, open_with
from bylaw.backends.interface import BackendTerminalError, Capabilities
from bylaw.model.effects import Mode
from bylaw.model.errors import UsageError
from tools.backends.agentcore.opening import ACCESS_KEY, SECRET_KEY, agentcore_backend, connection, session, target
from tools.backends.agentcore.wire import Wire

URL = "http://127.0.0.1:9"


def model() -> dict[str, Any]:
    loaded: dict[str, Any] = Loader().load_service_model(SERVICE, "service-2")
    return json.loads(json.dumps(loaded))  # type: ignore[no-any-return]


def without_mode(service: dict[str, Any]) -> None:
    del service["shapes"]["CreatePolicyRequest"]["members"]["enforcementMode"]


def without_policy_member(service: dict[str, Any]) -> None:
    del service["shapes"]["PolicyDefinition"]["members"]["policy"]


def without_policies(service: dict[str, Any]) -> None:
    del service["operations"]["CreatePolicy"]


def session_with(service: dict[str, Any] | None, directory: Path) -> boto3.Session:
    """A session whose SDK has this model of the service, or none at all."""
    if service is not None:
        place = directory / SERVICE / "2023-06-05"
        place.mkdir(parents=True)
        (place / "service-2.json").write_text(json.dumps(service))
    packaged = Path(botocore.__file__).parent / "data"
    for name in ("endpoints.json", "partitions.json", "_retry.json", "sdk-default-configuration.json"):
        (directory / name).symlink_to(packaged / name)
    if service is not None:
        rules = packaged / SERVICE / "2023-06-05" / "endpoint-rule-set-1.json.gz"
        (place / rules.name).symlink_to(rules)
    loader = Loader(extra_search_paths=[str(directory)], include_default_search_paths=False)
    core = botocore.session.Session()
    core.register_component("data_loader", loader)
    return boto3.Session("key", "secret", botocore_session=core)


@pytest.mark.parametrize("change", [without_mode, without_policy_member, without_policies])
def test_an_sdk_that_is_too_old_is_refused(tmp_path: Path, change: Any) -> None:
    service = model()
    change(service)

    with pytest.raises(UsageError) as refusal:
        open_with(connection(), target(URL), session=session_with(service, tmp_path))

    assert refusal.value.message == (
        f"botocore {botocore.__version__} does not know how policies are enforced, 1.43.32 is the first that does"
    )
    assert refusal.value.help == "upgrade with `pip install --upgrade 'bylaw[agentcore]'`"


def test_an_sdk_that_never_heard_of_the_service_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is the first that does"):
        open_with(connection(), target(URL), session=session_with(None, tmp_path))


def test_an_sdk_with_the_whole_model_is_taken(tmp_path: Path) -> None:
    backend = open_with(connection(), target(URL), session=session_with(model(), tmp_path))

    assert backend.capabilities is CAPABILITIES


def test_it_says_what_it_can_hold() -> None:
    assert open_with(connection(), target(URL), session=session()).capabilities == Capabilities(
        kind="agentcore",
        languages=frozenset({"cedar"}),
        transactional=False,
        modes=frozenset(Mode),
        max_policies=1000,
        max_statement_length=10_000,
        min_statement_length=35,
        max_engine_bytes=200_000,
        max_schema_bytes=400_000,
        manages_schema=False,
    )


def test_the_limits_are_those_of_the_services_model() -> None:
    statement = model()["shapes"]["Statement"]

    assert (CAPABILITIES.min_statement_length, CAPABILITIES.max_statement_length) == (
        statement["min"],
        statement["max"],
    )


def test_knowing_what_it_can_hold_takes_no_sdk() -> None:
    program = "import sys; import bylaw.backends.agentcore; print(sorted({'boto3', 'botocore'} & set(sys.modules)))"

    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert told.stdout == "[]\n"


def test_without_the_sdk_the_extra_is_named() -> None:
    program = """
import sys
sys.modules["boto3"] = None
from bylaw.backends.agentcore import open_agentcore
from bylaw.model.errors import UsageError
try:
    open_agentcore(None, None)
except UsageError as error:
    print(error.message, "|", error.help)
"""

    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert told.stdout == "backend `agentcore` needs boto3 | install it with `pip install 'bylaw[agentcore]'`\n"


def test_opening_sends_nothing(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)

    open_agentcore(connection(), target(wire.url)).close()

    assert wire.requests == []


def test_without_credentials_nothing_is_sent(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    backend = open_agentcore(connection(), target(wire.url))

    with pytest.raises(BackendTerminalError, match=r"no usable AWS credentials for `ListPolicyEngines`") as raised:
        backend.observe()

    assert raised.value.help == "check the AWS credentials of this run (`aws sts get-caller-identity`)"
    assert wire.requests == []


def test_an_unknown_profile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")

    with pytest.raises(UsageError, match=r"cannot be used as it is configured \(ProfileNotFound\)"):
        open_agentcore(connection(), target(URL))


def test_the_endpoint_follows_from_the_region() -> None:
    options = target(URL).model_copy(update={"endpoint_url": None, "region": "eu-central-1"})

    backend = open_with(connection(), options, session=session())

    assert backend._plane._client.meta.endpoint_url == "https://bedrock-agentcore-control.eu-central-1.amazonaws.com"


def test_requests_are_signed_for_the_targets_region(wire: Wire) -> None:
    agentcore_backend(wire.url, region="ap-southeast-2").observe()

    (request,) = wire.requests
    assert "/ap-southeast-2/bedrock-agentcore/aws4_request" in request.headers["Authorization"]
    assert request.headers["amz-sdk-request"] == "attempt=1; max=1"
