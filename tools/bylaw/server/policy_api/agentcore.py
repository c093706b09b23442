"""The provider `agentcore`: passes everything on to AgentCore and translates both ways. Nothing is kept and nothing decided here.

Changes are asynchronous there: an object is answered as soon as its change has begun, and `status` says how far it is.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bylaw.backends.connection import IdFactory, random_id
from bylaw.model.digests import digest_text
from bylaw.model.errors import BylawError, UsageError
from bylaw.server.policy_api.models import (
    AssetsAnswer,
    EngineAnswer,
    EngineCreate,
    EnginesAnswer,
    GenerationAnswer,
    GenerationsAnswer,
    GenerationStart,
    PoliciesAnswer,
    PolicyAnswer,
    PolicyCreate,
    PolicyUpdate,
)
from bylaw.server.policy_api.provider import Caller, Precondition, Slice
from bylaw.server.policy_api.statements import read_body
from bylaw.server.policy_api.translation import (
    MAX_PAGE,
    all_of,
    asset_of,
    described,
    engine_of,
    generation_of,
    next_token,
    page_of,
    policy_of,
    understood,
)
from bylaw.server.problems import HttpProblemError, invalid

if TYPE_CHECKING:
    from bylaw.backends.agentcore.forwarding import Forwarder

_ENGINE_CONFIG: Final = frozenset({"encryptionKeyArn", "tags"})
_GENERATION_CONFIG: Final = frozenset({"name", "resource", "content"})


class AgentCoreProvider:
    """Implements `Provider` on an AgentCore account and region."""

    store: Final = None

    def __init__(self, forwarder: "Forwarder", ids: IdFactory = random_id) -> None:
        self._forwarder = forwarder
        self._ids = ids

    def create_engine(self, caller: Caller, wanted: EngineCreate, key: str | None) -> EngineAnswer:
        """Begin to make an engine; `config` may hold its tags and encryption key."""
        if wanted.schema_ is not None:
            raise invalid("not_supported", ("body", "schema"), "AgentCore derives schemas from a gateway's tools")
        parameters = _config(wanted.config, _ENGINE_CONFIG)
        answer = self._write(
            "CreatePolicyEngine",
            name=wanted.name,
            description=wanted.description or None,
            clientToken=_token(caller, "engines", key),
            **parameters,
        )
        return understood(engine_of, answer)

    def engines(self, part: Slice) -> EnginesAnswer:
        """List engines."""
        answer = self._read("ListPolicyEngines", **page_of(part))
        return EnginesAnswer(policy_engines=all_of(engine_of, answer, "policyEngines"), next_token=next_token(answer))

    def engine(self, engine_id: str) -> EngineAnswer:
        """One engine."""
        return understood(engine_of, self._read("GetPolicyEngine", policyEngineId=engine_id))

    def delete_engine(self, caller: Caller, engine_id: str, condition: Precondition, *, cascade: bool) -> None:
        """Begin to delete an engine. While deletions of its policies are under way this is a 409: repeat it then."""
        del caller
        if condition.tags is not None:
            condition.demand(_unless_missing(lambda: self.engine(engine_id)))
        with suppress(_MissingError):
            if cascade:
                self._delete_policies(engine_id)
            self._write("DeletePolicyEngine", policyEngineId=engine_id)

    def create_policy(self, caller: Caller, engine_id: str, wanted: PolicyCreate, key: str | None) -> PolicyAnswer:
        """Begin to make a policy."""
        read_body(wanted.policy_body, None)
        token = _token(caller, engine_id, key)
        generated = self._ids() if token is None else digest_text(token)
        answer = self._write(
            "CreatePolicy",
            policyEngineId=engine_id,
            name=wanted.name or f"policy_{generated[:12]}",
            definition={"cedar": {"statement": wanted.policy_body}},
            description=wanted.description or None,
            enforcementMode=wanted.enforcement_mode and wanted.enforcement_mode.value,
            clientToken=token,
        )
        return understood(policy_of, answer)

    def policies(self, engine_id: str, part: Slice) -> PoliciesAnswer:
        """List the policies of an engine."""
        answer = self._read("ListPolicies", policyEngineId=engine_id, **page_of(part))
        return PoliciesAnswer(policies=all_of(policy_of, answer, "policies"), next_token=next_token(answer))

    def policy(self, engine_id: str, policy_id: str) -> PolicyAnswer:
        """One policy."""
        answer = self._read("GetPolicy", policyEngineId=engine_id, policyId=policy_id)
        return understood(policy_of, answer)

    def update_policy(
        self, caller: Caller, engine_id: str, policy_id: str, wanted: PolicyUpdate, condition: Precondition
    ) -> PolicyAnswer:
        """Begin to change a policy. The service has no conditions, so a change in the same moment can slip in behind ours."""
        del caller
        if wanted.name is not None:
            raise invalid("not_supported", ("body", "name"), "AgentCore cannot rename a policy", wanted.name)
        read_body(wanted.policy_body, None)
        if condition.tags is not None:
            condition.demand(self.policy(engine_id, policy_id))
        answer = self._write(
            "UpdatePolicy",
            policyEngineId=engine_id,
            policyId=policy_id,
            definition={"cedar": {"statement": wanted.policy_body}},
            description=described(wanted.description),
            enforcementMode=wanted.enforcement_mode and wanted.enforcement_mode.value,
        )
        return understood(policy_of, answer)

    def delete_policy(self, caller: Caller, engine_id: str, policy_id: str, condition: Precondition) -> None:
        """Begin to delete a policy."""
        del caller
        if condition.tags is not None:
            condition.demand(_unless_missing(lambda: self.policy(engine_id, policy_id)))
        with suppress(_MissingError):
            self._write("DeletePolicy", policyEngineId=engine_id, policyId=policy_id)

    def start_generation(self, caller: Caller, engine_id: str, wanted: GenerationStart) -> GenerationAnswer:
        """Begin to write policies from words; `config` holds the service's own members."""
        del caller
        parameters = _config(wanted.config, _GENERATION_CONFIG)
        answer = self._write("StartPolicyGeneration", policyEngineId=engine_id, **parameters)
        return understood(generation_of, answer)

    def generations(self, engine_id: str, part: Slice) -> GenerationsAnswer:
        """List generations."""
        answer = self._read("ListPolicyGenerations", policyEngineId=engine_id, **page_of(part))
        found = all_of(generation_of, answer, "policyGenerations")
        return GenerationsAnswer(policy_generations=found, next_token=next_token(answer))

    def generation(self, engine_id: str, generation_id: str) -> GenerationAnswer:
        """One generation."""
        answer = self._read("GetPolicyGeneration", policyEngineId=engine_id, policyGenerationId=generation_id)
        return understood(generation_of, answer)

    def assets(self, engine_id: str, generation_id: str, part: Slice) -> AssetsAnswer:
        """What a generation has come up with."""
        answer = self._read(
            "ListPolicyGenerationAssets", policyEngineId=engine_id, policyGenerationId=generation_id, **page_of(part)
        )
        found = all_of(asset_of, answer, "policyGenerationAssets")
        return AssetsAnswer(policy_generation_assets=found, next_token=next_token(answer))

    def close(self) -> None:
        """Give the connections back."""
        self._forwarder.close()

    def _delete_policies(self, engine_id: str) -> None:
        part = Slice(MAX_PAGE, None)
        while True:
            page = self.policies(engine_id, part)
            for policy in page.policies:
                if policy.status != "DELETING":
                    self._write("DeletePolicy", policyEngineId=engine_id, policyId=policy.policy_id)
            if page.next_token is None or page.next_token == part.token:
                return
            part = Slice(MAX_PAGE, page.next_token)

    def _read(self, operation: str, **parameters: object) -> Mapping[str, Any]:
        try:
            return self._forwarder.read(operation, **parameters)
        except BylawError as error:
            raise _problem(error) from None

    def _write(self, operation: str, **parameters: object) -> Mapping[str, Any]:
        try:
            return self._forwarder.write(operation, **parameters)
        except BylawError as error:
            raise _problem(error) from None


class _MissingError(HttpProblemError):
    """AgentCore knows nothing of that id."""


Object = TypeVar("Object", EngineAnswer, PolicyAnswer)


def _unless_missing(read: Callable[[], Object]) -> Object | None:
    try:
        return read()
    except _MissingError:
        return None


def agentcore_provider(region: str | None, endpoint_url: str | None) -> AgentCoreProvider:
    """Open the provider; nothing is called yet.

    Raises:
        UsageError: boto3 is missing, too old, or configured in a way that it cannot use.
    """
    try:
        from bylaw.backends.agentcore.forwarding import open_forwarder  # noqa: PLC0415 - the SDK is an extra
    except ModuleNotFoundError as error:
        if error.name not in {"boto3", "botocore"}:
            raise
        message = "provider `agentcore` needs boto3"
        raise UsageError(message, help="install it with `pip install 'bylaw[agentcore]'`") from None
    return AgentCoreProvider(open_forwarder(region, endpoint_url))


def _problem(error: BylawError) -> BylawError | HttpProblemError:
    from bylaw.backends.agentcore.failures import MissingError  # noqa: PLC0415 - the SDK is an extra
    from bylaw.backends.agentcore.forwarding import RefusedError  # noqa: PLC0415

    match error:
        case MissingError():
            return _MissingError(404, "Not found in AgentCore")
        case RefusedError():
            return invalid("agentcore_refused", ("body",), error.message)
        case _:
            return error


def _config(given: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    unknown = sorted(given.keys() - known)
    if unknown:
        raise invalid("extra_forbidden", ("body", "config", unknown[0]), f"known members: {', '.join(sorted(known))}")
    return dict(given)


def _token(caller: Caller, place: str, key: str | None) -> str | None:
    """A client token of the service's form; a caller's keys are its own."""
    return None if key is None else digest_text(f"{caller.principal.id}\n{place}\n{key}")
