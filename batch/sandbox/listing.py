"""The two paged reads: contacts and campaigns, filtered and sorted.

Owns: the meaning of the query parameters. Does not own: the JSON of the answer (`shapes`).
Source: /contacts/list, /campaigns/list. Not documented and decided here: `search` is a partial match without
regard to case; ties are broken by id; deleted contacts are not listed; a limit over 100 is clamped, and
`pagination.limit` echoes the clamped value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batch.sandbox import checks, shapes
from batch.sandbox.store import Store, contact_of

SORTS = {"createdAt": "created_at", "fulfilledAt": "fulfilled_at", "reAddedAt": "re_added_at"}
ORDERS = ("asc", "desc")
SEARCHES = ("name", "phone")
CAMPAIGN_STATUSES = ("active", "paused")

Query = Mapping[str, str]


def contacts(store: Store, query: Query) -> dict[str, Any]:
    """The page of GET /contacts that `query` asks for; Refusal (400) for a value out of its domain."""
    page = checks.whole(query, "page", 1, checks.LARGEST_PAGE)
    limit = checks.whole(query, "limit", 25, checks.LARGEST_LIMIT)
    sort = SORTS[checks.one_of(query, "sortBy", tuple(SORTS)) or "createdAt"]
    order = checks.one_of(query, "sortOrder", ORDERS) or "desc"
    where, values = _contact_filter(query)
    ((total,),) = store.rows(f"SELECT count(*) FROM contacts c WHERE {where}", *values)
    rows = store.rows(
        "SELECT c.*, campaigns.name AS campaign_name FROM contacts c JOIN campaigns"
        f" ON campaigns.id = c.campaign_id WHERE {where} ORDER BY c.{sort} {order}, c.id {order}"
        " LIMIT ? OFFSET ?",
        *(*values, limit, (page - 1) * limit),
    )
    found = [(contact_of(row), row["campaign_name"]) for row in rows]
    return shapes.listed(found, total=total, page=page, limit=limit)


def campaigns(store: Store, query: Query) -> dict[str, Any]:
    """The page of GET /campaigns that `query` asks for; Refusal (400) for a value out of its domain."""
    page = checks.whole(query, "page", 1, checks.LARGEST_PAGE)
    limit = checks.whole(query, "limit", 10, checks.LARGEST_LIMIT)
    status = checks.one_of(query, "status", CAMPAIGN_STATUSES)
    search = query.get("search", "").casefold()
    found = [
        campaign
        for campaign in store.campaigns()
        if status in (None, campaign.status) and search in campaign.name.casefold()
    ]
    first = (page - 1) * limit
    return shapes.campaigns(found[first : first + limit], total=len(found), page=page, limit=limit)


def _contact_filter(query: Query) -> tuple[str, list[str]]:
    """The SQL condition on contacts `c`, and its values."""
    conditions, values = ["c.deleted_at IS NULL"], []
    if "status" in query:
        conditions.append("c.status = ?")
        values.append(query["status"])
    if "campaignId" in query:
        ids = [checks.uuid(one.strip(), "campaignId") for one in query["campaignId"].split(",")]
        conditions.append(f"c.campaign_id IN ({', '.join('?' * len(ids))})")
        values += ids
    search_by = checks.one_of(query, "searchBy", SEARCHES)
    if search := query.get("search"):
        by = {"name": "instr(c.name_folded, ?)", "phone": "instr(c.phone, ?)"}
        chosen = [search_by] if search_by else list(by)
        if search_by == "phone" and checks.is_phone(search):
            # A leading + can only match at the start: a range of the index instead of a walk over all rows.
            conditions.append("c.phone >= ? AND c.phone < ?")
            values += [search, search + ":"]
        else:
            conditions.append(f"({' OR '.join(by[one] for one in chosen)})")
            values += [search.casefold() for _ in chosen]
    return " AND ".join(conditions), values
