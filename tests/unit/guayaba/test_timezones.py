"""Names of time zones are compared by what they mean: in unchanged contacts, in verify and in undo."""

from __future__ import annotations

import pytest

from batch.guayaba.contact import Contact, differences, is_unchanged, matches
from batch.guayaba.timezones import same_timezone
from batch.model import ContactChange


@pytest.mark.parametrize(
    ("wanted", "shown", "same"),
    [
        pytest.param("Asia/Kolkata", "Asia/Calcutta", True, id="JavaScript answers with the older name"),
        pytest.param("US/Eastern", "America/New_York", True, id="a link of the file `backward`"),
        pytest.param("Europe/Kiev", "Europe/Kyiv", True, id="renamed in 2022"),
        pytest.param("UTC", "Etc/UTC", True, id="two names of UTC"),
        pytest.param("Europe/Madrid", "Europe/Madrid", True, id="the same name"),
        pytest.param("Asia/Kolkata", "Asia/Colombo", False, id="the same offset today, other rules before"),
        pytest.param("America/New_York", "America/Toronto", False, id="the same rules today, others before"),
        pytest.param("America/New_York", "America/Chicago", False, id="another zone"),
        pytest.param("Asia/Kolkata", None, False, id="not shown"),
        pytest.param("Asia/Kolkata", "", False, id="empty"),
        pytest.param("Nowhere/Land", "Nowhere/Land", True, id="no zone that this machine knows, the same text"),
        pytest.param("Nowhere/Land", "No/Where", False, id="two unknown names are not one zone"),
        pytest.param("../../etc/passwd", "../etc/passwd", False, id="a name is never a path"),
    ],
)
def test_two_names_of_one_zone_are_one_zone(wanted: str, shown: str | None, same: bool) -> None:
    """A link is its zone; zones with other rules at any time are others."""
    assert same_timezone(wanted, shown) is same
    seen, change = Contact(timezone=shown), ContactChange(timezone=wanted)
    assert matches(seen, change) is same
    assert is_unchanged([seen], change) is same
    assert bool(differences(seen, change)) is not same
