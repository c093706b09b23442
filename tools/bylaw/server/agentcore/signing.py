"""AWS Signature Version 4, checked: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

from bylaw.server.agentcore.options import Signer
from bylaw.server.agentcore.refusals import Refusal

SERVICE: Final = "bedrock-agentcore"
MAX_SKEW: Final = timedelta(minutes=5)
_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_AUTHORISATION: Final = re.compile(
    rf"{_ALGORITHM} Credential=(?P<key>[A-Za-z0-9]{{1,128}})/(?P<date>\d{{8}})/(?P<region>[a-z0-9-]{{1,30}})/"
    rf"(?P<service>[a-z0-9-]{{1,40}})/aws4_request, ?SignedHeaders=(?P<headers>[a-z0-9;-]{{1,1000}}), ?"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)
_TIME: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a signature covers."""

    method: str
    path: str
    """As it came, percent-encoded."""
    query: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes


def region_of(authorisation: str) -> str | None:
    """The region that a credential is for; none where there is no credential."""
    found = _AUTHORISATION.fullmatch(authorisation)
    return found["region"] if found else None


def authenticate(request: SignedRequest, known: Mapping[str, Signer], now: datetime) -> Signer:
    """Who signed a request.

    Raises:
        Refusal: nobody did whom we know, or not this, or not now.
    """
    found = _AUTHORISATION.fullmatch(request.headers.get("authorization", ""))
    signer = known.get(found["key"]) if found else None
    if found is None or signer is None:
        raise Refusal("UnrecognizedClientException", "The security token included in the request is invalid")
    signed = tuple(found["headers"].split(";"))
    if not _is_timely(request.headers.get("x-amz-date", ""), found["date"], now):
        raise _wrong("Signature expired or not yet current")
    if found["service"] != SERVICE or not {"host", "x-amz-date"} <= set(signed):
        raise _wrong("The signature does not cover what it has to")
    if any(name not in request.headers for name in signed):
        raise _wrong("The signature covers a header that is missing")
    expected = _signature(request, signer.secret, found, signed)
    if not hmac.compare_digest(expected, found["signature"]):
        raise _wrong("The request signature we calculated does not match the signature you provided")
    return signer


def _is_timely(stamp: str, date: str, now: datetime) -> bool:
    try:
        at = datetime.strptime(stamp, _TIME).replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(now - at) <= MAX_SKEW and stamp.startswith(date)


def _signature(request: SignedRequest, secret: str, found: re.Match[str], signed: tuple[str, ...]) -> str:
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in signed)
    canonical = "\n".join(
        (
            request.method,
            quote(request.path, safe="/~"),  # encoded once more, as all services but S3 have it
            "&".join(sorted(request.query.split("&"))) if request.query else "",
            headers,
            found["headers"],
            hashlib.sha256(request.body).hexdigest(),
        )
    )
    scope = f"{found['date']}/{found['region']}/{found['service']}/aws4_request"
    stamp = request.headers["x-amz-date"]
    to_sign = "\n".join((_ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in (found["date"], found["region"], found["service"], "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, to_sign.encode(), "sha256").hexdigest()


def _wrong(message: str) -> Refusal:
    return Refusal("InvalidSignatureException", message)
