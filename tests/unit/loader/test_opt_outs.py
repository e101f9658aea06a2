"""People who asked to be left alone, in whatever words, are covered or named; no status is guessed as its opposite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batch.errors import InputRefused, SettingsError
from batch.guayaba.statuses import DEFAULT_STATUSES
from batch.loader.cells.status_words import exact_status, suggest_status
from batch.loader.cells.timezones import suggest_timezone, timezone_problem
from batch.model import ContactChange, Operation, Outcome
from batch.text.opt_out_words import asks_to_be_left_alone, is_opt_out_header, says_yes

if TYPE_CHECKING:
    from unit.loader.conftest import Read, Result

A, B, C = "2125550100", "2125550101", "2125550102"
TEAM = frozenset(DEFAULT_STATUSES)


def update(read: Read, content: str, status: str | None = None, **options: object) -> Result:
    options.setdefault("statuses", TEAM)
    return read(content, operation=Operation.UPDATE, ask=ContactChange(status=status), **options)


@pytest.mark.parametrize(
    ("cell", "expected", "why"),
    [
        ("dnc", "DNC", "capitals"), ("Dnc ", "DNC", "a space"), ("DNC.", "DNC", "a full stop"),
        ("D.N.C.", "DNC", "dots between"), ("Not Interested", "not-interested", "a space for a hyphen"),
        ("wrong_number", "wrong-number", "an underscore"), ("PAUSED", "paused", "capitals"),
        ("Do Not Call", None, "another word is no status"), ("pausd", None, "a slip is asked about, not taken"),
        ("", None, "nothing"), ("---", None, "no letter"),
    ],
)  # fmt: skip
def test_a_status_but_for_its_spelling(cell: str, expected: str | None, why: str) -> None:
    """A cell is the one status that it spells but for capitals, spaces and punctuation."""
    assert exact_status(cell, TEAM) == expected, why


def test_two_statuses_of_one_spelling_are_not_guessed() -> None:
    """Where two statuses of the team differ in capitals only, a third spelling means neither."""
    assert exact_status("ACTIVE", ("Active", "active")) is None
    assert exact_status("Active", ("Active", "active")) == "Active"


@pytest.mark.parametrize(
    "cell",
    ["Do Not Call", "DO NOT CALL", "do-not-call", "opt-out", "Opted Out", "STOP", "stop!", "unsubscribe",
     "Unsubscribed", "No llamar", "NO LLAMAR", "No contactar", "Baja", "Dado de baja", "Lista Robinson", "Não ligar",
     "Nao contatar", "Descadastrado", "remove me", "DNC", "DoNotContact", "No quiere que le llamen",
     "Não me ligue mais"],
)  # fmt: skip
def test_words_that_ask_to_be_left_alone(cell: str) -> None:
    """English, Spanish and Portuguese words for it are known, however they are written."""
    assert asks_to_be_left_alone(cell)


@pytest.mark.parametrize(
    "cell", ["active", "Stopped by the office", "Call back", "Prioridad baja", "not opted out", "DNC: no", "Cancelled",
             "Interested", "", "not-interested", "No answer"],
)  # fmt: skip
def test_words_that_do_not(cell: str) -> None:
    """Words that only look like it are none."""
    assert not asks_to_be_left_alone(cell)


@pytest.mark.parametrize(
    ("word", "expected", "why"),
    [
        ("actve", "active", "a slip"), ("fulfiled", "fulfilled", "a slip"), ("Do Not Call", "DNC", "by meaning"),
        ("not intersted", "not-interested", "a slip after a not"), ("uninterested", "not-interested", "by meaning"),
        ("Interested", None, "not the opposite"), ("unpaused", None, "not the opposite"),
        ("answering", None, "not the opposite"), ("Qualified", None, "not the opposite"),
        ("unfulfilled", None, "not the opposite"), ("right-number", None, "not the opposite"),
    ],
)  # fmt: skip
def test_a_suggestion_is_never_the_opposite(word: str, expected: str | None, why: str) -> None:
    """What is suggested for a status is near in meaning, or nothing is."""
    assert suggest_status(word, TEAM) == expected, why


@pytest.mark.parametrize("word", ["Inactive", "Not active", "non-active", "Deactivated", "inactivo"])
def test_what_is_not_active_is_not_suggested_as_active(word: str) -> None:
    """Nobody is told to write `active` for somebody who is not."""
    assert suggest_status(word, TEAM) != "active"


@pytest.mark.parametrize(
    ("cell", "meant"),
    [("PST", "America/Los_Angeles"), ("AEST", "Australia/Sydney"), ("Pacific Time", "America/Los_Angeles"),
     ("Europe/Madird", "Europe/Madrid"), ("america/new_york", "America/New_York"), ("New York", "America/New_York"),
     ("America/Dallas", None), ("CST", None), ("IST", None), ("Asia/Delhi", None), ("Mars", None)],
)  # fmt: skip
def test_a_timezone_of_another_offset_is_not_suggested(cell: str, meant: str | None) -> None:
    """An abbreviation that has two meanings, and a city that is not in the database, get no suggestion."""
    assert suggest_timezone(cell) == meant
    assert timezone_problem(cell) is not None


@pytest.mark.parametrize(
    ("cell", "words"),
    [("localtime", "no place"), ("Factory", "no place"), ("right/UTC", "no place"),
     ("EST", "UTC-05:00 all year"), ("HST", "UTC-10:00"), ("Etc/GMT-5", "UTC+05:00 (the sign"),
     ("Etc/GMT+12", "UTC-12:00"), ("UTC+2", "UTC+02:00")],
)  # fmt: skip
def test_what_is_no_timezone_of_a_person_is_refused(cell: str, words: str) -> None:
    """Names of the database that are no place are refused, with what they mean."""
    assert words in (timezone_problem(cell) or "")


@pytest.mark.parametrize("cell", ["America/New_York", "Europe/Madrid", "UTC", "Asia/Kathmandu", "CET"])
def test_timezones_of_people_are_taken(cell: str) -> None:
    """Places, and zones with a law of their own, are taken."""
    assert timezone_problem(cell) is None


def test_a_respelt_status_is_taken_and_said(read: Read) -> None:
    """`dnc` and `Dnc ` are DNC; the row's repair says so, and they are counted."""
    result = update(read, f"Phone,Guayaba status\n{A},dnc\n{B},Dnc \n{C},DNC\n")
    assert [(row.outcome, row.change and row.change.status) for row in result.rows] == [(None, "DNC")] * 3
    assert [row.repair for row in result.rows] == ['status "dnc" read as DNC', 'status "Dnc" read as DNC', ""]
    assert result.survey.spellings == {'status "dnc" read as DNC': 1, 'status "Dnc" read as DNC': 1}


def test_opt_outs_that_name_no_status_are_counted(read: Read) -> None:
    """They are not sent, they count as people who asked for DNC, and the message says how to cover them."""
    result = update(read, f"Phone,Guayaba status\n{A},Do Not Call\n{B},STOP\n{C},DNC\n")
    assert [(row.code, row.change and row.change.status) for row in result.rows] == [
        ("unknown_status", "DNC"), ("unknown_status", "DNC"), ("", "DNC"),
    ]  # fmt: skip
    assert result.survey.opt_out_words == {"Do Not Call": 1, "STOP": 1}
    assert '--map-value status:"Do Not Call"=DNC' in result.rows[0].message


def test_opt_outs_are_counted_before_the_team_is_known(read: Read) -> None:
    """Without the API, too, `STOP` is no status, and other words pass as they are."""
    result = update(read, f"Phone,Guayaba status\n{A},STOP\n{B},vip\n{C},dnc\n", statuses=None)
    assert [(row.code, row.change and row.change.status) for row in result.rows] == [
        ("unknown_status", "DNC"), ("", "vip"), ("", "DNC"),
    ]  # fmt: skip


def test_a_value_map_covers_them(read: Read) -> None:
    """`--map-value` reads a cell as a status, whatever its capitals and spaces; an empty value leaves the field."""
    rules = ('status:"Do Not Call"=DNC', "status:STOP=dnc", "status:Open=")
    result = update(
        read, f"Phone,Status\n{A},do  not call\n{B},Stop\n{C},open\n", map_value=rules, statuses=TEAM
    )  # fmt: skip
    assert [(row.code, row.change and row.change.status) for row in result.rows] == [
        ("", "DNC"), ("", "DNC"), ("nothing_asked", None),
    ]  # fmt: skip
    assert result.survey.opt_out_words == {}


@pytest.mark.parametrize(
    ("conditions", "taken", "why"),
    [
        (("Do Not Call=TRUE",), [2, 5], "equal, without regard to capitals"),
        (("do not call = true",), [2, 5], "the header, too"),
        (("Do Not Call!=true",), [3, 4], "another value, an empty one among them"),
        (("Do Not Call=",), [4], "empty"),
        (("Do Not Call!=",), [2, 3, 5], "not empty"),
        (("Stage in (New lead, Won)",), [2, 4], "one of several"),
        (("Stage not in (New lead, Won)",), [3, 5], "none of several"),
        (("Do Not Call=TRUE", "Stage=Lost"), [5], "all conditions hold"),
    ],
)
def test_only_some_rows_are_taken(read: Read, conditions: tuple[str, ...], taken: list[int], why: str) -> None:
    """`--where` takes the rows for which every condition holds, and counts the others beside them."""
    content = f"Phone,Do Not Call,Stage\n{A},TRUE,New  Lead\n{B},FALSE,Lost\n{C},,won\n2125550103, true ,Lost\n"
    result = update(read, content, "DNC", where=conditions)
    assert [row.number for row in result.rows] == taken, why
    assert (result.survey.rows, result.survey.left_out) == (len(taken), 4 - len(taken))


def test_a_condition_on_no_column_is_refused(read: Read) -> None:
    """A column that is not there is named with the nearest one; a file without such a row is refused."""
    with pytest.raises(SettingsError) as refused:
        update(read, f"Phone,Do Not Call\n{A},TRUE\n", "DNC", where=("Do Not Cal=TRUE",))
    assert "did you mean 'Do Not Call'" in " ".join(refused.value.problems)
    with pytest.raises(InputRefused, match="no row that matches"):
        update(read, f"Phone,Do Not Call\n{A},TRUE\n", "DNC", where=("Do Not Call=maybe",))


@pytest.mark.parametrize(
    "cell",
    [
        "\ufeffTRUE",
        "TRUE\u200b",
        "T\u00adRUE",
        "ＴＲＵＥ",
        "TRUE\u00a0",
        "\u202aTRUE\u202c",
        "TRUE_x000D_",
        "tr\u0000ue",
    ],
    ids=ascii,
)
def test_what_nobody_sees_leaves_no_row_out(read: Read, cell: str) -> None:
    """A cell that looks like the value of `--where` is that value: marks, zero-width and control characters, and other
    forms of its letters make no difference, nor in `--map-value`."""
    result = update(read, f"Phone,Do Not Call\n{A},{cell}\n{B},FALSE\n", "DNC", where=("Do Not Call=TRUE",))
    assert [row.number for row in result.rows] == [2]
    mapped = update(read, f"Phone,Guayaba status\n{A},{cell}\n", map_value=("status:TRUE=DNC",))
    assert [(row.code, row.change and row.change.status) for row in mapped.rows] == [("", "DNC")]


def test_a_broken_row_is_never_left_out(read: Read) -> None:
    """Of a row whose cells cannot be told apart no condition can be judged: it is reported."""
    result = update(read, f"Phone,Do Not Call\n{A},FALSE\n{B},TRUE,x,y\n", "DNC", where=("Do Not Call=TRUE",))
    assert [(row.number, row.code) for row in result.rows] == [(3, "broken_row")]


@pytest.mark.parametrize(
    ("header", "expected"),
    [("Do Not Call", True), ("DoNotCall", True), ("HasOptedOut", True), ("Opt Out", True), ("opt_out", True),
     ("DND", True), ("No desea ser llamado", True), ("No quiere que lo contacten", True),
     ("No llame", True), ("No contacten", True), ("Bloctel", True), ("TPS", True), ("NDNC", True), ("No Call", True),
     ("No. contacto", False), ("Contact No", False), ("No calls", False), ("TPS report", False),
     ("No llamar", True), ("Não ligar", True), ("DNC", True), ("SMS opt-out", True), ("Unsubscribed", True),
     ("HasOptedOutOfEmail", False), ("Email Opt Out", False), ("Phone", False), ("Opt-in", False), ("Status", False)],
)  # fmt: skip
def test_headers_of_opt_outs(header: str, expected: bool) -> None:
    """Columns of calls and messages are known by their headers; those of e-mail are not about the phone."""
    assert is_opt_out_header(header) is expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("TRUE", True), ("1", True), ("yes", True), ("x", True), ("sí", True), ("Sim", True), ("✓", True), ("DNC", True),
     ("2026-03-01", True), ("✔\ufe0f", True), ("☑\ufe0f", True), ("✖\ufe0f", True), ("\u200bTR\u00adUE\u200b", True),
     ("do\u200b not\u00ad call", True), ("FALSE", False), ("0", False), ("no", False), ("", False), ("-", False),
     ("n/a", False)],
)  # fmt: skip
def test_what_a_yes_is(cell: str, expected: bool) -> None:
    """A yes in three languages, a mark and a date are a yes."""
    assert says_yes(cell) is expected


@pytest.mark.parametrize(
    ("status", "header", "cell", "held", "why"),
    [
        ("active", "Do Not Call", "TRUE", True, "it would be called"),
        ("active", "No llamar", "sí", True, "in Spanish"),
        ("active", "Lead Status", "Do not contact", True, "the CRM's own status says so"),
        ("active", "Do Not Call", "FALSE", False, "the column says no"),
        ("active", "Email Opt Out", "TRUE", False, "it is about e-mail"),
        ("DNC", "Do Not Call", "TRUE", False, "it is not called"),
        ("paused", "Do Not Call", "TRUE", False, "it is not called"),
    ],
)
def test_a_row_whose_own_column_says_do_not_call_is_held(
    read: Read, status: str, header: str, cell: str, held: bool, why: str
) -> None:
    """Such a row is not sent where it starts outreach, unless --allow-reactivation says so."""
    content = f"Phone,{header}\n{A},{cell}\n{B},\n"
    first, second = update(read, content, status).rows
    assert (first.outcome, first.code) == ((Outcome.HELD, "opted_out") if held else (None, "")), why
    assert second.outcome is None
    allowed = update(read, content, status, allow_reactivation=True)
    assert allowed.rows[0].outcome is None
    assert allowed.survey.opted_out_sent == int(held)


@pytest.mark.parametrize(
    ("operation", "status", "header", "cell", "count", "why"),
    [
        (Operation.FULFILL, "fulfilled", "status", "DNC", 1, "fulfill reads no status of the file"),
        (Operation.FULFILL, "fulfilled", "Lead Status", "Do not call", 1, "the CRM's own"),
        (Operation.UPDATE, "paused", "Do Not Call", "TRUE", 1, "paused is not DNC"),
        (Operation.UPDATE, "DNC", "Do Not Call", "TRUE", 0, "it becomes DNC"),
        (Operation.FULFILL, "fulfilled", "status", "active", 0, "nobody asked for it"),
        (Operation.FULFILL, "fulfilled", "Do Not Call", "FALSE", 0, "the column says no"),
        (Operation.UPDATE, "active", "Do Not Call", "TRUE", 0, "it is held back, and counted there"),
    ],
)
def test_an_opt_out_that_becomes_no_dnc_is_counted(
    read: Read, operation: Operation, status: str, header: str, cell: str, count: int, why: str
) -> None:
    """A row is named that is sent, that says not to call the person, and that is given another status than DNC."""
    ask = ContactChange(status=status)
    result = read(f"Phone,{header}\n{A},{cell}\n{B},\n", operation=operation, ask=ask, statuses=TEAM)
    named = [notice for notice in result.survey.notices if "does not make it DNC" in notice]
    assert len(named) == count, why


def test_one_row_speaks_for_all_of_its_contact(read: Read) -> None:
    """Where one row of a contact says to leave it alone and is not sent, no other row starts its outreach."""
    by_column = update(read, f"Phone,Do Not Call\n{A},TRUE\n{A},FALSE\n{B},FALSE\n", "active")
    assert [row.code for row in by_column.rows] == ["opted_out", "opted_out", ""]
    by_word = update(read, f"Phone,Guayaba status\n{A},STOP\n{A},active\n{A},paused\n")
    assert [row.code for row in by_word.rows] == ["unknown_status", "opted_out", ""]
    assert by_column.survey.counts == {"sendable": 1, "duplicate": 0, "invalid": 0, "held": 2}
