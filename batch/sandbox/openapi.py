"""The OpenAPI 3.1 document of the sandbox: what it takes and answers, and nothing that it does not do.

Owns: the document; schemathesis holds the server to it. Does not own: the vendor's API, which publishes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from batch.sandbox import checks, listing

Schema = dict[str, Any]

_PHONE: Schema = {"type": "string", "pattern": checks.PHONE_PATTERN, "example": "+11234567890"}
_UUID: Schema = {"type": "string", "format": "uuid", "pattern": checks.UUID_PATTERN}
_TIME: Schema = {"type": "string", "format": "date-time"}
_NAME: Schema = {"type": "string", "maxLength": checks.NAME_LENGTH}
_TIMEZONE: Schema = {"type": "string", "description": "IANA timezone", "example": "America/New_York"}
_SCALARS: Schema = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
}
_STRINGS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_SUCCESS: Schema = {"const": True}


def document(statuses: Sequence[str]) -> Schema:
    """The document of a sandbox whose team has these statuses; they are the values that a write accepts."""
    status: Schema = {"type": "string", "enum": list(statuses)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Guayaba contact API (sandbox)", "version": "1"},
        "security": [{"key": []}],
        "paths": {
            "/contacts": {
                "get": _operation("List Contacts", _page_of_contacts(status), query=_contact_query()),
                "post": _operation("Create Contact", _created(status), body=_create_body(), success="201"),
            },
            "/contacts/fulfill": {
                "post": _operation(
                    "Fulfill Contact",
                    _object({"success": _SUCCESS, "message": _TEXT}),
                    body=_object({"phone": _PHONE}),
                )
            },
            "/contacts/update": {
                "post": _operation("Update Contact By Phone Number", _updated(status), body=_update_body(status))
            },
            "/contacts/statuses": {"get": _operation("List Statuses", _statuses())},
            "/contacts/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": _UUID}],
                "put": _operation("Update Contact By ID", _put(status), body=_put_body(status)),
            },
            "/campaigns": {
                "get": _operation("List Campaigns", _page_of_campaigns(), query=_campaign_query()),
            },
        },
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
            "responses": {name: _error(status) for name, status in _ERRORS.items()},
        },
    }


_ERRORS = {
    "Invalid": "400: Validation error",
    "Unauthorized": "401: Invalid or missing API key",
    "Missing": "404: Contact or campaign not found",
    "Unknown": "405: Another method of this path",
    "Large": "413: A body over 1 MiB",
    "Limited": "429: 100 reads or 30 writes a minute",
    "Failed": "500: A mistake of the sandbox, or a fault that was asked for",
}


def _error(description: str) -> Schema:
    """An error answer: `error` and `message`, with `retryAfter` in one of the two bodies of a 429."""
    headers = dict(_HEADERS)
    if description.startswith("429"):
        headers["Retry-After"] = {"required": True, "schema": {"type": "integer", "minimum": 1}}
    body = _object({"error": _TEXT, "message": _TEXT}, {"retryAfter": {"type": "integer", "minimum": 1}})
    return {
        "description": description,
        "headers": headers,
        "content": {"application/json": {"schema": body}},
    }


_HEADERS: Schema = {
    "X-RateLimit-Limit": {"required": True, "schema": {"type": "integer", "minimum": 1}},
    "X-RateLimit-Remaining": {"required": True, "schema": _COUNT},
    "X-RateLimit-Reset": {"required": True, "schema": _COUNT},
}


def _operation(
    summary: str,
    answer: Schema,
    *,
    body: Schema | None = None,
    query: Sequence[Schema] = (),
    success: str = "200",
) -> Schema:
    """One operation with every answer that it can give."""
    responses: Schema = {
        success: {
            "description": "Done",
            "headers": _HEADERS,
            "content": {"application/json": {"schema": answer}},
        }
    }
    for name, description in _ERRORS.items():
        responses[description[:3]] = {"$ref": f"#/components/responses/{name}"}
    operation: Schema = {"summary": summary, "parameters": list(query), "responses": responses}
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _object(required: Schema, optional: Schema | None = None) -> Schema:
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _create_body() -> Schema:
    shared = {"phoneNumber": _PHONE, "name": _NAME, "timezone": _TIMEZONE}
    by_campaign = {**shared, "campaignId": _UUID, "customVariables": _SCALARS}
    by_splitter = {**shared, "splitterId": _UUID, "customVariables": _STRINGS}
    return {
        "anyOf": [
            {"type": "object", "required": ["phoneNumber", "campaignId"], "properties": by_campaign},
            {
                "type": "object",
                "required": ["phoneNumber", "splitterId"],
                "properties": by_splitter,
                "not": {"required": ["campaignId"]},  # campaignId wins over splitterId
            },
        ]
    }


def _update_body(status: Schema) -> Schema:
    body = _object({"phone": _PHONE}, {"status": status, "campaignId": _UUID})
    return body | {"anyOf": [{"required": ["status"]}, {"required": ["campaignId"]}]}


def _put_body(status: Schema) -> Schema:
    fields = {
        "name": _NAME,
        "phoneNumber": _PHONE,
        "timezone": _TIMEZONE,
        "status": status,
        "campaignId": _UUID,
        "customVariables": _SCALARS,
    }
    return _object({}, fields) | {"anyOf": [{"required": [field]} for field in fields]}


def _shared(status: Schema) -> Schema:
    """What every answer with a contact shows of it."""
    return {"id": _UUID, "phoneNumber": _PHONE, "name": _nullable(_TEXT), "status": status}


def _updated(status: Schema) -> Schema:
    contact = _object({**_shared(status), "campaignId": _UUID, "updatedAt": _TIME}, {"fulfilledAt": _TIME})
    return _object({"success": _SUCCESS, "message": _TEXT, "contact": contact})


def _put(status: Schema) -> Schema:
    contact = _object({**_shared(status), "campaignId": _UUID, "customVariables": _SCALARS, "updatedAt": _TIME})
    return _object({"success": _SUCCESS, "message": _TEXT, "contact": contact})


def _created(status: Schema) -> Schema:
    contact = _object(
        {
            **_shared(status),
            "campaignId": _UUID,
            "customVariables": _SCALARS,
            "timezone": _TEXT,
            "createdAt": _TIME,
        },
        {"adminId": _UUID, "updatedAt": _TIME},
    )
    return _object({"success": _SUCCESS, "data": contact})


def _page_of_contacts(status: Schema) -> Schema:
    campaigns = {"type": "array", "items": _object({"id": _UUID, "name": _TEXT})}
    contact = _object(
        {
            **_shared(status),
            "timezone": _TEXT,
            "customVariables": _SCALARS,
            "createdAt": _TIME,
            "fulfilledAt": _nullable(_TIME),
            "reAddedAt": _nullable(_TIME),
            "campaigns": campaigns,
        }
    )
    pagination = _object({"total": _COUNT, "page": _COUNT, "limit": _COUNT})
    return _object({"contacts": {"type": "array", "items": contact}, "pagination": pagination})


def _page_of_campaigns() -> Schema:
    status = {"enum": list(listing.CAMPAIGN_STATUSES)}
    campaign = _object({"id": _UUID, "name": _TEXT, "status": status})
    pagination = _object({"total": _COUNT, "totalPages": _COUNT, "currentPage": _COUNT, "limit": _COUNT})
    return _object({"data": {"type": "array", "items": campaign}, "pagination": pagination})


def _statuses() -> Schema:
    status = _object(
        {
            "id": _UUID,
            "name": _TEXT,
            "label": _TEXT,
            "description": _nullable(_TEXT),
            "color": {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"},
            "isTerminal": _FLAG,
            "isSystem": _FLAG,
            "excludeFromStats": _FLAG,
            "displayOrder": {"type": "integer"},
        }
    )
    return {"type": "array", "items": status}


def _parameter(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "schema": schema}


def _paging(default: int) -> list[Schema]:
    whole: Schema = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
    return [
        _parameter("page", {**whole, "default": 1}),
        _parameter("limit", {**whole, "default": default, "description": "More than 100 means 100"}),
    ]


def _contact_query() -> list[Schema]:
    one = checks.UUID_PATTERN[1:-1]
    return [
        *_paging(25),
        _parameter("status", _TEXT),
        _parameter("campaignId", {"type": "string", "pattern": f"^{one}(,{one})*$"}),
        _parameter("search", _TEXT),
        _parameter("searchBy", {"enum": list(listing.SEARCHES)}),
        _parameter("sortBy", {"enum": list(listing.SORTS), "default": "createdAt"}),
        _parameter("sortOrder", {"enum": list(listing.ORDERS), "default": "desc"}),
    ]


def _campaign_query() -> list[Schema]:
    return [
        *_paging(10),
        _parameter("status", {"enum": list(listing.CAMPAIGN_STATUSES)}),
        _parameter("search", _TEXT),
    ]
