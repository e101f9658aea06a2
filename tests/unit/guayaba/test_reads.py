"""What the API says before a run and when a contact is read back: odd shapes, and patience in virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

import anyio
import msgspec
import pytest
import trio
import trio.testing
from unit.harness import DNC

from batch.errors import Exit, KeyRefused, Unreachable
from batch.guayaba import reads
from batch.guayaba.client import Client
from batch.guayaba.exchange import ContactRead, Exchange, Failure, RateLimitHeaders, ReadResult
from batch.guayaba.rate_limit_headers import LONGEST_PAUSE_S
from batch.guayaba.statuses import DEFAULT_STATUSES, Statuses
from batch.guayaba.verdict import verdict
from batch.model import ContactChange

_T = TypeVar("_T")
PHONE = "+12125550123"
ID = "550e8400-e29b-41d4-a716-446655440000"
REFUSED = Exchange(failure=Failure.NEVER_LEFT, detail="ConnectError: refused")
TIMED_OUT = Exchange(failure=Failure.NO_ANSWER, detail="no complete answer within 30 s")
TERMINAL = frozenset({"DNC", "paused"})
NUMBER = ContactChange(phone_number="+442079460123")
LIST = Exchange(200, b'[{"id":"x","name":"DNC","isTerminal":true},{"name":"vip","isTerminal":false,"label":null}]')


@dataclass
class Answers:
    """A client that gives `exchanges` in turn, the last for ever, and remembers what it was asked and when."""

    exchanges: list[Exchange]
    asked: list[tuple[str, Mapping[str, str | int] | None]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    base_url: str = "https://api.guayaba.ai"

    async def read(self, path: str, query: Mapping[str, str | int] | None = None) -> Exchange:
        await anyio.sleep(0)
        self.asked.append((path, query))
        self.times.append(anyio.current_time())
        return self.exchanges[min(len(self.asked), len(self.exchanges)) - 1]


def in_virtual_time(answers: Answers, use: Callable[[Client], Awaitable[_T]]) -> _T:
    """What `use` of the client returns; the times that it took are in `answers.times`, from 0."""

    async def main() -> _T:
        began = anyio.current_time()
        try:
            return await use(cast(Client, answers))
        finally:
            answers.times = [at - began for at in answers.times]

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


async def read_statuses(client: Client) -> Statuses:
    return (await reads.read_team(client, campaigns_asked=False)).statuses


# -- statuses -------------------------------------------------------------------------------------------------------


def test_the_teams_statuses_are_a_bare_array() -> None:
    """Names and isTerminal of the list count; further fields do not."""
    answers = Answers([LIST])
    found = in_virtual_time(answers, read_statuses)
    assert found == Statuses({"DNC": True, "vip": False}, known=True)
    assert found.names == frozenset({"DNC", "vip"})
    assert found.stopping_names == frozenset({"DNC"})
    assert answers.asked == [("/contacts/statuses", None)]


@pytest.mark.parametrize(
    "exchange",
    [
        pytest.param(Exchange(404, b'{"error":"Not found"}'), id="404"),
        pytest.param(Exchange(500, b""), id="500"),
        pytest.param(Exchange(302, b""), id="a redirect"),
        pytest.param(Exchange(404, LIST.body), id="a list, but not with 200"),
        pytest.param(Exchange(200, b"[]"), id="an empty list"),
        pytest.param(Exchange(200, b'[{"name":5}]'), id="a name that is none"),
        pytest.param(Exchange(200, b'[{"name":"DNC","isTerminal":true},null]'), id="one entry that is none"),
        pytest.param(Exchange(200, b"<html>login</html>"), id="a login page"),
        pytest.param(Exchange(200, b'[{"name":"\xff"}]'), id="not UTF-8"),
        pytest.param(Exchange(200, b""), id="an empty answer"),
    ],
)
def test_a_server_that_does_not_show_the_list_leaves_the_documented_statuses(exchange: Exchange) -> None:
    """Without a list that can be read whole, the documented statuses hold, marked as not known, after one question."""
    answers = Answers([exchange])
    assert in_virtual_time(answers, read_statuses) == Statuses(DEFAULT_STATUSES, known=False)
    assert len(answers.asked) == 1


@pytest.mark.parametrize(
    ("body", "stopping_statuses"),
    [
        pytest.param('{"data":[{"name":"DNC","isTerminal":true}]}', {"DNC": True}, id="the envelope of /campaigns"),
        pytest.param('{"statuses":[{"name":"vip","isTerminal":false}]}', {"vip": False}, id="that of /contacts"),
        pytest.param('[{"name":"DNC"},{"name":"active"}]', {"DNC": True, "active": False},
                     id="not said of a documented status: as documented"),
        pytest.param('[{"name":"gone"}]', {"gone": True}, id="not said of another: its contacts are left alone"),
        pytest.param('[{"name":"gone","isTerminal":null}]', {"gone": True}, id="null says nothing"),
        pytest.param('[{"name":"gone","isTerminal":"yes"}]', {"gone": True}, id="nor does a word"),
        pytest.param('["active","gone"]', {"active": False, "gone": True}, id="names alone"),
        pytest.param('[{"name":"vip","is_terminal":false}]', {"vip": False}, id="another spelling"),
        pytest.param('[{"name":"vip","isTerminal":0},{"name":"x","isTerminal":"true"}]', {"vip": False, "x": True},
                     id="yes and no in other types"),
        pytest.param('[{"name":"DNC","isTerminal":false}]', {"DNC": True}, id="DNC calls nobody, whatever is said"),
        pytest.param('[{"name":"dnc","isTerminal":false}]', {"dnc": True}, id="however it is written"),
        pytest.param('[{"name":"paused","isTerminal":false}]', {"paused": False}, id="any other is the team's to say"),
    ],
)  # fmt: skip
def test_what_the_list_does_not_say_of_a_status_is_taken_with_care(
    body: str, stopping_statuses: dict[str, bool]
) -> None:
    """A list of another shape is read all the same, and nobody is taken for somebody to be called by mistake."""
    found = in_virtual_time(Answers([Exchange(200, body.encode())]), read_statuses)
    assert found == Statuses(stopping_statuses, known=True)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_ends_the_run_before_it_begins(status: int) -> None:
    """401 and 403 raise KeyRefused at once (exit 5)."""
    answers = Answers([Exchange(status, b"{}")])
    with pytest.raises(KeyRefused, match="Nothing was sent") as caught:
        in_virtual_time(answers, read_statuses)
    assert caught.value.exit_code is Exit.KEY
    assert len(answers.asked) == 1


def test_a_403_that_names_a_limit_is_waited_for() -> None:
    """A 403 with Retry-After is a limit that ends, not a refused key."""
    limit = Exchange(403, b"{}", RateLimitHeaders(retry_after=2.0))
    answers = Answers([limit, Exchange(200, b'["active"]')])
    assert in_virtual_time(answers, read_statuses).known
    assert answers.times == [0.0, 2.0]


@pytest.mark.parametrize("exchange", [REFUSED, TIMED_OUT], ids=["refused", "timed out"])
def test_a_host_that_never_answers_is_given_up_after_half_a_minute(exchange: Exchange) -> None:
    """Six tries over 23 s of waiting, then Unreachable (exit 75) with the reason."""
    answers = Answers([exchange])
    with pytest.raises(Unreachable) as caught:
        in_virtual_time(answers, read_statuses)
    assert answers.times == [0.0, 1.0, 3.0, 7.0, 15.0, 23.0]
    assert exchange.detail in caught.value.message
    assert caught.value.exit_code is Exit.STOPPED


@pytest.mark.parametrize("first", [REFUSED, TIMED_OUT, Exchange(503), Exchange(429)])
def test_a_host_that_is_starting_is_waited_for(first: Exchange) -> None:
    """Whatever a starting host says at first, its list counts once it comes."""
    answers = Answers([first, first, LIST])
    assert in_virtual_time(answers, read_statuses).known
    assert answers.times == [0.0, 1.0, 3.0]


def test_a_key_that_is_refused_after_an_outage_is_refused() -> None:
    """The last answer counts, not the first."""
    with pytest.raises(KeyRefused):
        in_virtual_time(Answers([REFUSED, Exchange(401)]), read_statuses)


def test_the_server_says_how_long_to_wait() -> None:
    """Retry-After is waited for, once for each 429."""
    answers = Answers([Exchange(429, quota=RateLimitHeaders(retry_after=45.0)), LIST])
    assert in_virtual_time(answers, read_statuses).known
    assert answers.times == [0.0, 45.0]


def test_a_server_that_throttles_for_ever_is_given_up_after_a_bounded_time() -> None:
    """Refused again and again with the longest pause, the run ends (exit 75) after five minutes, with nothing sent."""
    answers = Answers([Exchange(429, quota=RateLimitHeaders(retry_after=LONGEST_PAUSE_S))])
    with pytest.raises(Unreachable, match="429"):
        in_virtual_time(answers, read_statuses)
    assert answers.times == [0.0, 60.0, 120.0, 180.0, 240.0, 300.0]


# -- campaigns ------------------------------------------------------------------------------------------------------

ONE, TWO, THREE = ({"id": f"550e8400-e29b-41d4-a716-44665544000{n}", "name": f"Q{n}"} for n in (1, 2, 3))


def listed(*rows: object, **counts: object) -> Exchange:
    return Exchange(200, msgspec.json.encode({"data": rows, "pagination": counts}))


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        pytest.param([listed(ONE, TWO, totalPages=2), listed(THREE, totalPages=2)], 3, id="as documented"),
        pytest.param([listed(ONE, TWO, total=3), listed(THREE, total=3)], 3, id="counted as contacts are"),
        pytest.param([listed(ONE, totalPages="2"), listed(TWO, totalPages="2")], 2, id="counted in text"),
        pytest.param([Exchange(200, msgspec.json.encode([ONE, TWO]))], 2, id="all of them, again and again"),
        pytest.param([listed(ONE, TWO), listed(THREE), listed()], 3, id="until a page is empty"),
        pytest.param([listed(totalPages=0)], 0, id="none"),
        pytest.param([Exchange(400), listed(ONE, totalPages=1)], 1, id="a hundred on a page are too many"),
        pytest.param([listed(ONE, {"name": "no id"}, totalPages=1)], None, id="one that has no id"),
        pytest.param([listed(ONE, totalPages=2), Exchange(500)], None, id="a page that cannot be read"),
    ],
)
def test_campaigns_are_read_to_their_end_however_they_are_counted(pages: list[Exchange], found: int | None) -> None:
    """All pages are read, and no more; where one cannot be read, none is known."""
    campaigns = in_virtual_time(Answers(pages), reads.read_campaigns)
    assert (len(campaigns.ids) if campaigns.known else None) == found


# -- looking a contact up -------------------------------------------------------------------------------------------


def contact(phone: str = PHONE, status: str | None = "DNC", **more: object) -> dict[str, object]:
    return {"id": ID, "phoneNumber": phone, "status": status, "fulfilledAt": None, "campaigns": [], **more}


def page(*contacts: object, **more: object) -> Exchange:
    """A page that holds all there is, unless `more` says otherwise."""
    whole = {"total": len(contacts), "page": 1, "limit": 100}
    return Exchange(200, msgspec.json.encode({"contacts": contacts, "pagination": whole, **more}))


async def finds_people() -> bool:
    await anyio.sleep(0)
    return True


async def finds_nobody() -> bool:
    await anyio.sleep(0)
    return False


def look(
    exchange: Exchange,
    change: ContactChange = DNC,
    phone: str | None = PHONE,
    contact_id: str | None = None,
    finds: Callable[[], Awaitable[bool]] = finds_people,
) -> ContactRead:
    return in_virtual_time(
        Answers([exchange]), lambda client: reads.read_contact(client, phone, contact_id, change, TERMINAL, finds)
    )


@pytest.mark.parametrize(
    ("exchange", "sight"),
    [
        pytest.param(page(contact()), ReadResult.AS_ASKED, id="as asked"),
        pytest.param(page(contact(status="active")), ReadResult.OTHERWISE, id="as it was"),
        pytest.param(page(contact(status=None)), ReadResult.UNREADABLE, id="what is not shown is not otherwise"),
        pytest.param(page(contact(status="dnc")), ReadResult.AS_ASKED, id="capitals aside"),
        pytest.param(page(contact(status="PAUSED")), ReadResult.STOPPED, id="stopped, capitals aside"),
        pytest.param(page(contact(status="paused")), ReadResult.STOPPED,
        id="stopped, by another status than was asked"),
        pytest.param(page(contact(), contact(status="active")), ReadResult.STOPPED,
        id="two of that number, one as asked"),
        pytest.param(page(), ReadResult.ABSENT, id="nobody"),
        pytest.param(page(pagination={"total": 3}), ReadResult.UNREADABLE,
        id="nobody on this page, but there are more"),
        pytest.param(Exchange(200, b'{"contacts":[]}'), ReadResult.ABSENT, id="nobody, and no pagination"),
        pytest.param(page(contact("+121255501234")), ReadResult.ABSENT, id="a longer number that begins the same"),
        pytest.param(page(contact("+112125550123"), contact("+1212555012")), ReadResult.ABSENT,
        id="partial matches only"),
        pytest.param(
            page(contact("+1212555012", "active"), contact("+12125550123", "DNC"), contact("+121255501234", "active")),
            ReadResult.AS_ASKED, id="the exact one among partial ones",
        ),
        pytest.param(
            page(contact("+1212555012"), contact("+12125550123", "active")), ReadResult.OTHERWISE,
            id="somebody else's DNC proves nothing",
        ),
        pytest.param(page(contact("12125550123")), ReadResult.AS_ASKED, id="a number without its +"),
        pytest.param(page(contact("+1 (212) 555-0123")), ReadResult.AS_ASKED, id="a number with punctuation"),
        pytest.param(page({"id": ID, "phone": PHONE, "status": "DNC"}), ReadResult.AS_ASKED,
        id="phone, as in requests"),
        pytest.param(page(contact("(212) 555-0123", "active")), ReadResult.UNREADABLE,
                     id="a number without its country may be anybody's"),
        pytest.param(page({"id": ID, "status": "active"}), ReadResult.UNREADABLE, id="a number that is not shown, too"),
        pytest.param(page(contact(), unknown=1), ReadResult.AS_ASKED, id="further fields"),
        pytest.param(page(contact(customVariables=None, campaigns=None)), ReadResult.AS_ASKED, id="nulls"),
        pytest.param(page({"id": 5}), ReadResult.UNREADABLE, id="a contact of another shape"),
        pytest.param(page(contact(), 7), ReadResult.AS_ASKED, id="the one beside it is no contact"),
        pytest.param(page(contact("+12125550124"), 7), ReadResult.UNREADABLE, id="what is no contact may be anybody"),
        pytest.param(page(contact(customVariables=[], createdAt=5, campaigns=["c"])), ReadResult.AS_ASKED,
                     id="an odd field costs itself alone"),
        pytest.param(Exchange(200, b'{"data":[]}'), ReadResult.ABSENT, id="another envelope"),
        pytest.param(Exchange(200, b"[]"), ReadResult.ABSENT, id="a bare array"),
        pytest.param(Exchange(200, b'{"success":true,"data":{"contacts":[],"pagination":{"total":"3"}}}'),
                     ReadResult.UNREADABLE, id="one in another, the total as text"),
        pytest.param(page(contact("+12125550124"), pagination={"page": 1}), ReadResult.UNREADABLE,
                     id="others, and no total: there may be more"),
        pytest.param(Exchange(203, page(contact()).body), ReadResult.AS_ASKED, id="another 2xx"),
        pytest.param(Exchange(200, b"\xef\xbb\xbf" + page(contact()).body), ReadResult.AS_ASKED,
        id="a byte order mark"),
        pytest.param(Exchange(200, b""), ReadResult.UNREADABLE, id="an empty answer"),
        pytest.param(Exchange(200, b'{"contacts":[{"name":"\xff"}]}'), ReadResult.UNREADABLE, id="not UTF-8"),
        pytest.param(Exchange(404, b"{}"), ReadResult.UNREADABLE, id="404 is not an absent contact: this call lists"),
        pytest.param(Exchange(429), ReadResult.UNREADABLE, id="429"),
        pytest.param(Exchange(500), ReadResult.UNREADABLE, id="500"),
        pytest.param(REFUSED, ReadResult.UNREADABLE, id="refused"),
        pytest.param(TIMED_OUT, ReadResult.UNREADABLE, id="timed out"),
    ],
)  # fmt: skip
def test_a_look_shows_the_contact_with_exactly_this_number(exchange: Exchange, sight: ReadResult) -> None:
    """Only the contact with the very number settles a doubt; what cannot be read settles nothing."""
    found = look(exchange)
    assert found.result is sight
    assert found.exchange == exchange
    assert found.contact_id == (
        ID if sight in (ReadResult.AS_ASKED, ReadResult.OTHERWISE, ReadResult.STOPPED) else None
    )


def test_nobody_is_absent_where_no_search_is_known_to_find_people() -> None:
    """Not to be found by a search that finds nobody settles no doubt: a start of outreach would be sent again."""
    assert look(page(), finds=finds_nobody).result is ReadResult.UNREADABLE


@pytest.mark.parametrize(
    ("contact_id", "sight"),
    [
        pytest.param(ID, ReadResult.AS_ASKED, id="the same id"),
        pytest.param(
            "d290f1ee-6c54-4b01-90e6-d701748f0851", ReadResult.UNREADABLE, id="another contact of that number"
        ),
    ],
)
def test_where_the_id_is_known_it_must_agree(contact_id: str, sight: ReadResult) -> None:
    """A number that belongs to another contact says nothing of this one, not even that it is absent."""
    assert look(page(contact()), contact_id=contact_id).result is sight


def test_ids_agree_whatever_their_case() -> None:
    """A server that writes UUIDs in capitals means the same contact."""
    assert look(page(contact(id=ID.upper())), contact_id=ID).result is ReadResult.AS_ASKED


def test_a_number_that_is_to_change_is_looked_for_as_it_shall_be() -> None:
    """After a change of number the new one is searched for."""
    answers = Answers([page()])
    in_virtual_time(answers, lambda client: reads.read_contact(client, PHONE, ID, NUMBER, TERMINAL, finds_people))
    [(path, query)] = answers.asked
    assert path == "/contacts"
    assert query == {"search": "+442079460123", "searchBy": "phone", "limit": 25}


def test_a_contact_known_by_its_id_alone_is_not_asked_for() -> None:
    """No call reads a contact by id: nothing is sent, and it cannot be seen."""
    answers = Answers([page()])
    found = in_virtual_time(answers, lambda client: reads.read_contact(client, None, ID, DNC, TERMINAL, finds_people))
    assert (found.result, answers.asked) == (ReadResult.UNREADABLE, [])


# -- bounds ---------------------------------------------------------------------------------------------------------

DEEP = b"[" * 400_000 + b"]" * 400_000


@pytest.mark.parametrize(
    "judge",
    [
        pytest.param(
            lambda body: in_virtual_time(
                Answers([Exchange(200, b'[{"name":"DNC","x":' + body + b"}]")]), read_statuses
            ),
            id="statuses",
        ),
        pytest.param(lambda body: look(Exchange(200, b'{"contacts":[{"x":' + body + b"}]}")), id="a look"),
        pytest.param(
            lambda body: look(Exchange(200, b'{"contacts":[{"customVariables":{"x":' + body + b"}}]}")), id="variables"
        ),
        pytest.param(
            lambda body: verdict(Exchange(200, b'{"success":true,"x":' + body + b"}"), DNC, PHONE), id="success"
        ),
        pytest.param(lambda body: verdict(Exchange(500, b'{"error":' + body + b"}"), DNC, PHONE), id="an error"),
        pytest.param(lambda body: verdict(Exchange(200, b'{"contact":' + body + b"}"), DNC, PHONE), id="a contact"),
    ],
)
def test_an_answer_nested_without_end_is_an_unreadable_one(judge: Callable[[bytes], object]) -> None:
    """JSON of 400,000 brackets, within the bound of bytes, is judged like any other that cannot be read (law 10)."""
    assert judge(b"0") is not None
    assert judge(DEEP) is not None
