"""Plans against the real sandbox, from Python: what a plan shows, and that `apply` does that and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cli.harness import KEY, Sandbox, Sandboxes, numbers, write_csv
from harness.libreoffice import Office, needs_office

import batch

Made = Callable[[Sandbox], batch.Settings]
FORMATS = ("csv", "tsv", "xlsx", "parquet", "arrow", "ndjson")


@pytest.fixture
def settings(tmp_path: Path) -> Made:
    """A function: a sandbox -> settings for it, in this test's folder."""

    def made(server: Sandbox) -> batch.Settings:
        return batch.Settings(
            base_url=server.url,
            key=batch.ApiKey(KEY),
            out=tmp_path / "reports",
            state=tmp_path / "state",
            rate=batch.Rate(60_000, 60.0),
        )

    return made


def source(folder: Path, phones: list[str]) -> Path:
    """A file with one row for each of `phones`, and cells that a spreadsheet changes."""
    rows = [[phone, f"=1+{at}", "007", "2026-01-15", "true"] for at, phone in enumerate(phones)]
    return write_csv(folder / "in.csv", ["phone", "formula", "zeros", "day", "flag"], rows)


def rows_of(frame: pl.DataFrame) -> dict[int, dict[str, Any]]:
    """The rows of a plan by number, without the one that describes it."""
    return {row["_row"]: row for row in frame.to_dicts() if row["_row"] is not None}


def plan_of(summary: batch.Summary) -> dict[str, Any]:
    """What summary.json says of the plan."""
    plan = summary.as_json()["plan"]
    assert isinstance(plan, dict)
    return plan


def statuses(server: Sandbox, phones: list[str]) -> list[str]:
    return [(server.contact(phone) or {}).get("status", "") for phone in phones]


def test_a_plan_shows_each_row_and_writes_nothing(sandboxes: Sandboxes, settings: Made, tmp_path: Path) -> None:
    """Each row has its number as read and its repair, its contact, now and then, and its call or why there is none."""
    known = numbers(3)
    server = sandboxes([{"phoneNumber": known[0], "name": "Ann"}, known[1], {"phoneNumber": known[2], "status": "DNC"}])
    path = source(tmp_path, [*known, known[0], "212-555-0190 x12", "12"])
    plan = batch.plan(path, "update", settings(server), status="DNC", region="US")
    assert server.writes() == []
    assert (plan.rows, plan.calls, plan.stops, plan.starts, plan.has_changes) == (6, 2, 2, 0, True)
    rows = rows_of(plan.frame())
    shown = {number: (row["_action"], row["_outcome"], row["_code"]) for number, row in rows.items()}
    assert shown == {
        2: ("send", "pending", None),
        3: ("send", "pending", None),
        4: ("none", "unchanged", "already_so"),
        5: ("none", "duplicate", "same_contact"),
        6: ("none", "not_found", "contact_not_found"),
        7: ("none", "invalid", rows[7]["_code"]),
    }
    first = rows[2]
    assert (first["_status_now"], first["_status_then"], first["_contact_name"]) == ("active", "DNC", "Ann")
    assert (first["_method"], first["_path"]) == ("POST", "/contacts/update")
    assert first["_body"] == f'{{"phone":"{known[0]}","status":"DNC"}}'
    assert first["_outreach"] == "cancels"
    assert first["_contact_id"] == (server.contact(known[0]) or {})["id"]
    assert rows[5]["_same_as"] == 2
    assert (rows[6]["_phone"], bool(rows[6]["_repair"]), rows[6]["_body"]) == ("+12125550190", True, None)
    assert rows[7]["_tip"]
    assert KEY not in plan.frame().write_csv()


@pytest.mark.parametrize("kind", FORMATS)
def test_a_plan_is_applied_from_every_format(sandboxes: Sandboxes, settings: Made, tmp_path: Path, kind: str) -> None:
    """The calls of the plan are made, each once, and the report names the plan; a second plan has nothing to do."""
    known = numbers(3)
    server = sandboxes(known)
    mine = settings(server)
    path = source(tmp_path, [*known, "12"])
    file = tmp_path / f"plan.{kind}"
    plan = batch.plan(path, "update", mine, status="DNC", out=[file])
    summary = batch.apply(file, mine)
    assert server.applied() == dict.fromkeys(known, 1)
    assert {name: count for name, count in summary.counts.items() if count} == {"succeeded": 3, "invalid": 1}
    assert plan_of(summary)["name"] == plan.name
    again = batch.plan(path, "update", mine, status="DNC")
    assert (again.calls, again.has_changes) == (0, False)


def test_rows_that_an_approver_left_out_are_not_sent(sandboxes: Sandboxes, settings: Made, tmp_path: Path) -> None:
    """A removed row and one marked skip are no rows of the run, nor are their duplicates; the report counts them."""
    known = numbers(4)
    server = sandboxes(known)
    mine = settings(server)
    frame = batch.plan(source(tmp_path, [*known, known[1], known[2]]), "update", mine, status="DNC").frame()
    mark = pl.when(pl.col("_row") == 3).then(pl.lit("Skip ")).otherwise("_action").alias("_action")
    kept = frame.filter(pl.col("_row").is_null() | (pl.col("_row") != 4)).with_columns(mark)
    summary = batch.apply(kept, mine)
    assert server.applied() == {known[0]: 1, known[3]: 1}
    assert (summary.rows, summary.exit_code) == (2, 0)
    plan = plan_of(summary)
    assert (plan["skipped"], plan["removed"]) == (3, 1)


def test_a_contact_that_changed_since_is_held(sandboxes: Sandboxes, settings: Made, tmp_path: Path) -> None:
    """A contact that somebody changed is not written, and the row says how it changed; with `replan` it is judged
    anew. One that is as asked by now needs no write, and one that was as asked and is not any more is not called so."""
    known = numbers(5)
    server = sandboxes([*known[:3], {"phoneNumber": known[3], "status": "paused"}, known[4]])
    mine = settings(server)
    plan = batch.plan(source(tmp_path, known), "update", mine, status="paused")
    server.update(known[0], "talk-to-human")
    server.update(known[1], "paused")
    server.update(known[3], "active")
    before = server.applied()
    summary = batch.apply(plan, mine)
    told = {row["_row"]: (row["_outcome"], row["_code"]) for row in summary.outcomes().to_dicts()}
    assert told == {
        2: ("held", "changed_since_plan"),
        3: ("unchanged", "already_so"),
        4: ("succeeded", "confirmed"),
        5: ("held", "changed_since_plan"),
        6: ("succeeded", "confirmed"),
    }
    assert "status is talk-to-human, and was active" in summary.outcomes()["_message"][0]
    assert server.applied() - before == {known[2]: 1, known[4]: 1}
    assert batch.apply(plan, mine, replan=True).ok
    assert statuses(server, known) == ["paused"] * 5


def edited(column: str, value: str | None) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda frame: frame.with_columns(
        pl.when(pl.col("_row").is_not_null() & (pl.col("_action") != "plan"))
        .then(pl.lit(value))
        .otherwise(column)
        .alias(column)
    )


def described_with(phone: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda frame: frame.with_columns(
        pl.when(pl.col("_action") == "plan").then(pl.lit(phone)).otherwise("phone").alias("phone")
    )


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (edited("_status_then", "active"), '_status_then is "active"; the plan says "DNC"'),
        (edited("_body", '{"phone":"+12125550199","status":"DNC"}'), "_body is"),
        (edited("_phone", "+12125550177"), "_phone is"),
        (edited("_status_now", None), '_status_now is empty; the plan says "active"'),
        (edited("_action", "delete"), '_action is "delete"; the plan allows send, or skip'),
        (edited("_seal", None), "it was added to the plan"),
        (lambda frame: pl.concat([frame.head(1), frame]), "it is in the plan twice"),
        (lambda frame: frame.with_columns(pl.col("_seal").str.replace(r"\.(.)", ".A$1")), "cannot be read"),
        (lambda frame: frame.head(2), "the row that describes the plan"),
        (lambda frame: frame.drop("_seal"), "it has no columns _action and _seal"),
        (described_with("+12125550177"), "line 4: it describes the plan, and a contact was written into it"),
    ],
    ids=["then", "body", "phone", "now", "action", "seal", "twice", "facts", "no facts", "no seal", "contact"],
)
def test_an_edited_plan_is_refused(
    sandboxes: Sandboxes,
    settings: Made,
    tmp_path: Path,
    edit: Callable[[pl.DataFrame], pl.DataFrame],
    words: str,
) -> None:
    """Whatever was changed in it, the plan is refused with each row at fault, and nothing is sent."""
    server = sandboxes(numbers(2))
    mine = settings(server)
    frame = batch.plan(source(tmp_path, numbers(2)), "update", mine, status="DNC").frame()
    with pytest.raises(batch.InputRefused) as refused:
        batch.apply(edit(frame), mine)
    assert words in str(refused.value)
    assert server.writes() == []


def test_a_plan_is_bound_to_its_key_time_address_and_input(
    sandboxes: Sandboxes, settings: Made, tmp_path: Path
) -> None:
    """Another key, another address, an old plan, another input: each is refused, and nothing is sent."""
    server, elsewhere = sandboxes(numbers(2)), sandboxes(numbers(2))
    mine = settings(server)
    path = source(tmp_path, numbers(2))
    plan = batch.plan(path, "update", mine, status="DNC")
    old = batch.plan(path, "update", mine, status="DNC", valid_for=1e-6)
    other_key = replace(mine, key=batch.ApiKey("gua_other000_key"))
    for given, used, words in (
        (plan, other_key, "was made with the key"),
        (plan, replace(mine, base_url=elsewhere.url), "was made against"),
        (old, mine, "has expired"),
    ):
        with pytest.raises(batch.InputRefused, match=words):
            batch.apply(given, used)
    path.write_text(path.read_text() + "\n")
    with pytest.raises(batch.InputRefused, match="has changed since"):
        batch.apply(plan, mine)
    assert server.writes() + elsewhere.writes() == []


def test_rows_of_another_plan_are_refused(sandboxes: Sandboxes, settings: Made, tmp_path: Path) -> None:
    """A row that was copied from another plan of the same key is refused."""
    server = sandboxes(numbers(2))
    mine = settings(server)
    stop = batch.plan(source(tmp_path, numbers(1)), "update", mine, status="DNC").frame()
    start = batch.plan(source(tmp_path, numbers(2)), "update", mine, status="paused").frame()
    mixed = pl.concat([stop, start.filter(pl.col("_row") == 3)])
    with pytest.raises(batch.InputRefused, match="row 3: it is a row of another plan"):
        batch.apply(mixed, mine)
    assert server.writes() == []


def test_a_run_of_a_plan_stops_goes_on_and_is_undone(sandboxes: Sandboxes, settings: Made, tmp_path: Path) -> None:
    """The same call, and resume, go on with it; verify finds it as asked; undo puts every contact back."""
    known = numbers(4)
    server = sandboxes(known)
    mine = settings(server)
    plan = batch.plan(source(tmp_path, known), "update", mine, status="paused")
    first = batch.apply(plan, replace(mine, limit=2))
    assert (first.exit_code, first.counts["pending"]) == (75, 2)
    second = batch.apply(plan, replace(mine, limit=1))
    assert (second.run, second.counts["pending"]) == (first.run, 1)
    third = batch.resume(first.folder, mine)
    assert (third.run, third.ok) == (first.run, True)
    assert server.applied() == dict.fromkeys(known, 1)
    assert batch.verify(first.folder, mine).exit_code == 0
    assert batch.undo(first.folder, replace(mine, allow_reactivation=True)).ok
    assert statuses(server, known) == ["active"] * 4


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"max_changes": 1}, "2 contacts would change; --max-changes allows 1"),
        ({"max_changes": 0.3}, "--max-changes allows 1 (30%, 4 rows)"),
        ({"max_starts": 1}, "outreach would start for 2 contacts; --max-starts allows 1"),
    ],
    ids=["number", "share", "starts"],
)
def test_a_run_does_no_more_than_is_allowed(
    sandboxes: Sandboxes, settings: Made, tmp_path: Path, limits: dict[str, Any], words: str
) -> None:
    """What would change more contacts, or start more outreach, than allowed is refused before its first write: by
    plan, apply and run alike. Contacts that are as asked do not count."""
    known = numbers(4)
    paused = [{"phoneNumber": phone, "status": "talk-to-human"} for phone in known[:2]]
    server = sandboxes([*paused, *known[2:]])
    mine = replace(settings(server), skip_unchanged=True)
    path = source(tmp_path, known)
    plan = batch.plan(path, "update", mine, status="active")
    tight = replace(mine, **limits)
    for call in (
        lambda: batch.apply(plan, tight),
        lambda: batch.run(path, "update", tight, status="active"),
        lambda: batch.plan(path, "update", tight, status="active"),
    ):
        with pytest.raises(batch.InputRefused) as refused:
            call()
        assert words in str(refused.value)
    assert server.writes() == []
    assert batch.apply(plan, replace(mine, max_changes=0.5, max_starts=2)).ok


def test_a_plan_by_id_shows_every_field(sandboxes: Sandboxes, settings: Made) -> None:
    """The change of a contact by its id, or by its number where the id is not given, is shown field by field, with the
    variables that stay, and made by the id."""
    known = numbers(2)
    server = sandboxes([{"phoneNumber": phone, "name": "Ann", "customVariables": {"city": "Quito"}} for phone in known])
    ids = [(server.contact(phone) or {})["id"] for phone in known]
    frame = pl.DataFrame(
        {"id": [ids[0], None], "phone": [None, known[1]], "name": ["Anna", None], "var:plan": ["pro", "free"]}
    )
    mapping = {"phone": "phone", "id": "id"}
    mine = settings(server)
    plan = batch.plan(frame, "update-by-id", mine, mapping=mapping)
    rows = rows_of(plan.frame())
    assert (rows[2]["_name_now"], rows[2]["_name_then"]) == ("Ann", "Anna")
    assert (rows[2]["_variables_now"], rows[2]["_variables_then"]) == (
        '{"city":"Quito"}', '{"city":"Quito","plan":"pro"}',
    )  # fmt: skip
    assert [row["_path"] for row in rows.values()] == [f"/contacts/{contact_id}" for contact_id in ids]
    assert batch.apply(plan, mine).ok
    contacts = [server.contact(phone) or {} for phone in known]
    assert [contact["customVariables"]["plan"] for contact in contacts] == ["pro", "free"]
    assert [contact["customVariables"]["city"] for contact in contacts] == ["Quito", "Quito"]
    assert [contact["name"] for contact in contacts] == ["Anna", "Ann"]


def test_who_would_be_called_again_is_guarded_in_the_plan(sandboxes: Sandboxes, settings: Made) -> None:
    """A contact that is DNC is shown as guarded, with the tip that releases it; a plan that may pass the guard carries
    that to apply."""
    known = numbers(2)
    server = sandboxes([{"phoneNumber": known[0], "status": "DNC"}, {"phoneNumber": known[1], "status": "paused"}])
    frame = pl.DataFrame({"phone": known})
    mine = settings(server)
    plan = batch.plan(frame, "update", mine, status="active")
    rows = rows_of(plan.frame())
    assert [(row["_action"], row["_outcome"], row["_code"]) for row in rows.values()] == [
        ("none", "held", "would_reactivate")
    ] * 2
    lifting = replace(mine, allow_reactivation=True, allow_lifting_dnc=True)
    passing = batch.plan(frame, "update", lifting, status="active")
    assert (passing.calls, passing.starts) == (2, 2)
    assert batch.apply(passing, mine).ok, "what was planned and approved needs no further option"
    assert statuses(server, known) == ["active", "active"]


def test_both_forms_of_a_number_are_planned_and_stopped(sandboxes: Sandboxes, settings: Made) -> None:
    """Where the team holds a person's number in two forms, the plan says so, and a change that stops outreach is made
    to both; where it holds the other form alone, the plan shows the call with that one."""
    plain, old = "+525512340100", "+5215512340100"
    alone, other = "+525512340101", "+5215512340101"
    server = sandboxes([plain, old, other])
    mine = settings(server)
    plan = batch.plan(pl.DataFrame({"phone": [plain, alone]}), "update", mine, status="DNC")
    rows = rows_of(plan.frame())
    assert f"the team also holds the number as {old}: it is written too" in rows[2]["_message"]
    assert rows[3]["_body"] == f'{{"phone":"{other}","status":"DNC"}}'
    assert batch.apply(plan, mine).ok
    assert statuses(server, [plain, old, other]) == ["DNC"] * 3
    again = batch.plan(pl.DataFrame({"phone": [plain, alone]}), "update", mine, status="DNC")
    assert (again.calls, again.preview.unchanged) == (0, 2)
    assert batch.apply(again, mine).ok
    assert len(server.writes()) == 3


@needs_office
@pytest.mark.parametrize(
    ("kind", "trips"),
    [("csv", ("csv",)), ("csv", ("csv;",)), ("csv", ("xlsx", "csv")), ("xlsx", ("xlsx",)), ("xlsx", ("csv", "xlsx"))],
    ids=["csv", "csv with semicolons", "csv to xlsx to csv", "xlsx", "xlsx to csv to xlsx"],
)
def test_a_plan_survives_libreoffice(
    sandboxes: Sandboxes, settings: Made, office: Office, tmp_path: Path, kind: str, trips: tuple[str, ...]
) -> None:
    """A plan that was opened and saved in LibreOffice is applied as it was: numbers, zeros, dates, truth values and
    guarded formulas are no edits, and the report has the cells of the input."""
    known = numbers(2)
    formula = "=Ann" if kind == "csv" else "Ann"  # a text of XLSX that LibreOffice saves as CSV is a formula afterwards
    people = [{"phoneNumber": known[0], "name": formula}, {"phoneNumber": known[1], "name": "007"}]
    server = sandboxes([{**person, "customVariables": {"since": "2026-01-15"}} for person in people])
    mine = settings(server)
    ids = [(server.contact(phone) or {})["id"] for phone in known]
    names = ["-Ann", "2026-01-15"]
    path = write_csv(
        tmp_path / "in.csv",
        ["id", "name", "formula", "zeros", "day", "flag", "long"],
        [[ids[at], names[at], f"=1+{at}", "007", "2026-01-15", "true", "+525512340101"] for at in range(2)],
    )
    file = tmp_path / f"plan.{kind}"
    batch.plan(path, "update-by-id", mine, out=[file])
    for trip in trips:
        file = office(file, trip)
    summary = batch.apply(file, mine)
    assert summary.ok, summary.outcomes()
    assert [(server.contact(phone) or {})["name"] for phone in known] == names
    assert summary.outcomes().select("formula", "zeros", "day", "flag").rows() == [
        (f"=1+{at}", "007", "2026-01-15", "true") for at in range(2)
    ]
