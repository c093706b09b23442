"""The OpenAPI description: the framework's own, and what is answered before the framework sees it."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from bylaw.server.policy_api.authorizer import MANY, ONE
from bylaw.server.policy_api.decisions import (
    AuthorizeAnswer,
    AuthorizeBatchAnswer,
    AuthorizeBatchRequest,
    AuthorizeRequest,
)
from bylaw.server.policy_api.surroundings import failures

_DECISIONS: Final = (
    (ONE, "Decide one request", AuthorizeRequest, AuthorizeAnswer),
    (MANY, "Decide several requests from one set of policies", AuthorizeBatchRequest, AuthorizeBatchAnswer),
)
_REF: Final = "#/components/schemas/{model}"
_SCHEMES: Final = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
}


def describe(app: FastAPI, *, keys: bool) -> dict[str, Any]:
    """Describe the Policy API; made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        _add_decisions(document)
        for operations in document["paths"].values():
            for operation in operations.values():
                _add_headers(operation)
        if keys:
            document["components"]["securitySchemes"] = _SCHEMES
            document["security"] = [{name: []} for name in _SCHEMES]
        app.openapi_schema = document
    return app.openapi_schema


def _add_decisions(document: dict[str, Any]) -> None:
    models = [(model, "validation") for _, _, given, answer in _DECISIONS for model in (given, answer)]
    references, definitions = models_json_schema(models, ref_template=_REF)  # type: ignore[arg-type] # a list of pairs
    document["components"]["schemas"] |= definitions["$defs"]
    for path, summary, given, answer in _DECISIONS:
        document["paths"][path] = {
            "post": {
                "tags": ["policy"],
                "summary": summary,
                "operationId": path.strip("/").replace("/", "_"),
                "requestBody": {"required": True, "content": _content(references[given, "validation"])},
                "responses": {
                    "200": {"description": "Decided.", "content": _content(references[answer, "validation"])},
                    **_failures(404, 501),
                },
            }
        }


def _failures(*statuses: int) -> dict[str, Any]:
    found = {}
    for status, response in failures(*statuses).items():
        model = response["model"]
        reference = _REF.format(model=getattr(model, "__name__", ""))
        found[str(status)] = {"description": response["description"], "content": _content({"$ref": reference})}
    return found


def _add_headers(operation: dict[str, Any]) -> None:
    """Every answer says which request it belongs to."""
    text = {"schema": {"type": "string"}, "required": True}
    for response in operation["responses"].values():
        response.setdefault("headers", {}).update({"X-Request-Id": text, "X-Correlation-Id": text})


def _content(schema: Any) -> dict[str, Any]:  # noqa: ANN401 - a JSON schema
    return {"application/json": {"schema": schema}}
