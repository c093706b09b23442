"""What a request says of who sends it. Secrets come from the environment, go into headers, and are shown nowhere."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from bylaw.model.errors import UsageError
from bylaw.repository.documents.policy_api import AwsVariables, PolicyApiTarget

MAX_SECRET: Final = 8192
_SENDABLE: Final = re.compile(r"[\x21-\x7e]+")
"""Visible ASCII: nothing that could end a header and begin another one."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Headers that log in, and what of them no message may show."""

    headers: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    variable: str | None
    """Where the token or key comes from; none where the server is asked without one."""


def credentials_of(options: PolicyApiTarget, environment: Mapping[str, str]) -> Credentials:
    """Read the credentials of a target.

    Raises:
        UsageError: a variable is not set, or holds what no header can.
    """
    headers: dict[str, str] = {}
    variable = options.token_env or options.api_key_env
    if options.token_env is not None:
        headers["Authorization"] = f"Bearer {_secret(options.token_env, environment)}"
    elif options.api_key_env is not None:
        headers["X-Api-Key"] = _secret(options.api_key_env, environment)
    secrets = [value.removeprefix("Bearer ") for value in headers.values()]
    if options.aws_env is not None:
        for name, value in _aws(options.aws_env, environment):
            headers[name] = value
            secrets.append(value)
        if options.aws_env.region is not None:
            headers["X-AWS-Region"] = options.aws_env.region
    return Credentials(headers, tuple(secrets), variable)


def _aws(variables: AwsVariables, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "X-AWS-Access-Key-Id", _secret(variables.access_key_id, environment)
    yield "X-AWS-Secret-Access-Key", _secret(variables.secret_access_key, environment)
    if environment.get(variables.session_token):
        yield "X-AWS-Session-Token", _secret(variables.session_token, environment)


def _secret(variable: str, environment: Mapping[str, str]) -> str:
    value = environment.get(variable)
    if not value:
        message = f"this target logs in with `{variable}`, which is not set"
        raise UsageError(message, help=f"set `{variable}` in the environment of this run")
    if len(value) > MAX_SECRET or _SENDABLE.fullmatch(value) is None:
        message = f"`{variable}` holds no credential: it has blanks, line ends or other characters that no header takes"
        raise UsageError(message, help="store it without a line end, for example with `printf %s`")
    return value
