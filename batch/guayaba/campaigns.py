"""The team's campaigns, and which of them a person means by what was written: an id or a name. Pure.

Owns: finding a campaign by UUID or name, and the words for one that is not there or could be several.
Source: the API's page /campaigns. Names are not stated to be unique there, so a name can mean several.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec

from batch.text.language import tr
from batch.text.masking import UUID_PATTERN

_UUID: Final = re.compile(UUID_PATTERN)
#: Candidates that are named in one message.
_NAMED: Final = 10


class Campaign(msgspec.Struct, frozen=True):
    """A campaign as GET /campaigns lists it; `status` is `active` or `paused`."""

    id: str
    name: str = ""
    status: str = ""


class NoMatch(NamedTuple):
    """Why a text means no campaign: its code (`codes/`), the words, and the campaigns that it could mean."""

    code: str
    message: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Campaigns:
    """The campaigns of a team. `known`: they came from the API, all of them; else every UUID is taken at its word."""

    known: bool = False
    ids: frozenset[str] = frozenset()
    _by_name: Mapping[str, tuple[Campaign, ...]] = field(default_factory=dict)
    _names: Mapping[str, str] = field(default_factory=dict)

    def find(self, text: str) -> str | NoMatch:
        """The id, in lower case, of the campaign that `text` means: its UUID, or its name in any case."""
        plain = text.strip()
        found = parse_uuid(plain)
        if not self.known:
            return found or NoMatch(
                "malformed_campaign", tr('"{plain}" is not a UUID, and names are not known here', plain=plain[:60])
            )
        if found is not None:
            return (
                found
                if found in self.ids
                else NoMatch("unknown_campaign", tr("the team has no campaign {found}", found=found))
            )
        alike = self._by_name.get(plain.casefold(), ())
        exact = [campaign for campaign in alike if campaign.name.strip() == plain]
        meant = exact or alike
        if len(meant) == 1:
            return meant[0].id.lower()
        if meant:
            return NoMatch(
                "ambiguous_campaign",
                tr('"{plain}" names {count} campaigns', plain=plain[:60], count=len(meant)),
                _as_lines(meant),
            )
        near = difflib.get_close_matches(plain.casefold(), self._by_name, 3)
        named = [campaign for name in near for campaign in self._by_name[name]]
        return NoMatch(
            "unknown_campaign", tr('the team has no campaign named "{plain}"', plain=plain[:60]), _as_lines(named)
        )

    def listed(self) -> tuple[Campaign, ...]:
        """All of them, by name."""
        return tuple(sorted((each for alike in self._by_name.values() for each in alike), key=lambda each: each.name))

    def find_name(self, campaign_id: str) -> str:
        """The name of the campaign with this id (lower case); the id itself where it is not known."""
        return self._names.get(campaign_id, campaign_id)


def parse_campaign(listed: object) -> Campaign | None:
    """The campaign that a row of the list is; `None` where it has no id."""
    try:
        return msgspec.convert(listed, Campaign)
    except msgspec.ValidationError:
        return None


def parse_campaigns(listed: Iterable[Campaign]) -> Campaigns:
    """All the campaigns of a team; one that was listed twice (pages shift) counts once."""
    by_id = {campaign.id.lower(): campaign for campaign in listed}
    by_name: dict[str, tuple[Campaign, ...]] = {}
    for campaign in by_id.values():
        name = campaign.name.strip().casefold()
        by_name[name] = (*by_name.get(name, ()), campaign)
    names = {campaign_id: campaign.name for campaign_id, campaign in by_id.items() if campaign.name}
    return Campaigns(True, frozenset(by_id), by_name, names)


def parse_uuid(text: str) -> str | None:
    """The UUID that `text` is, in lower case and without braces or outer spaces; `None` where it is none."""
    plain = text.strip().strip("{}").lower()
    return plain if _UUID.fullmatch(plain) else None


def _as_lines(campaigns: Iterable[Campaign]) -> tuple[str, ...]:
    lines = [f"{one.id}  {one.name}" + (f" ({one.status})" if one.status else "") for one in campaigns]
    return (*lines[:_NAMED], tr("and {count} more", count=len(lines) - _NAMED)) if len(lines) > _NAMED else tuple(lines)
