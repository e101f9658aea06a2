"""What must hold before the first write: one digest for one command, the right key, a preview that tells all."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from unit.harness import KEY, plan, sendable, write_plan

from batch.dispatcher.guards import check_before_write
from batch.errors import Exit, InputRefused, SettingsError
from batch.guayaba.contact import Contact
from batch.guayaba.exchange import Exchange
from batch.guayaba.reads import Team
from batch.guayaba.statuses import DEFAULT_STATUSES, Statuses
from batch.guayaba.teams import Teams
from batch.journal.group_commit import GroupCommit
from batch.journal.journal import Journal
from batch.loader import LoadedSource, ReadOptions, TeamRules, load
from batch.model import ContactChange, Operation, Outcome, Rate
from batch.runs import binding, fingerprint, team_check
from batch.runs import plan as plans
from batch.runs.file_run import LoadedFileRun
from batch.runs.folder.catalog import RunCatalog
from batch.runs.folder.run_folder import OpenRun
from batch.runs.rerun import Rerun
from batch.runs.row_io import Session
from batch.settings.api_key import ApiKey
from batch.settings.corrections import Correction
from batch.settings.settings import Settings
from batch.text.language import in_language

CAMPAIGN = "d290f1ee-6c54-4b01-90e6-d701748f0851"
TEAM = Teams({"": Team(Statuses(DEFAULT_STATUSES, known=True))})
SETTINGS = Settings(key=KEY)
CSV = "phone,status\n2125550123,DNC\n2125550124,paused\n"


def loaded(text: str = CSV, reading: ReadOptions | None = None) -> LoadedSource:
    return load("-", reading or ReadOptions(Operation.UPDATE, region="US"), stdin=io.BytesIO(text.encode()))


# -- the digest -----------------------------------------------------------------------------------------------------

READING = ReadOptions(Operation.UPDATE, {"phone": "phone", "status": "status"}, ContactChange("DNC"), "US")


def digest(text: str = CSV, reading: ReadOptions = READING, settings: Settings = SETTINGS) -> str:
    return fingerprint.build_fingerprints(reading, settings.access, loaded(text).facts.sha256, "").command


CHANGES: dict[str, Any] = {
    "operation": Operation.UPDATE_BY_ID,
    "mapping": {"phone": "status"},
    "ask": ContactChange("paused"),
    "region": "ES",
    "phone_check": "possible",
    "on_conflict": "last",
    "extensions": "refuse",
    "two_numbers": "first",
    "sheet": "Sheet2",
    "encoding": "latin-1",
    "header_row": 3,
    "no_header": True,
    "hidden_rows": "skip",
    "keep_literal": True,
    "phones": "all",
    "where": ("Stage=New",),
    "map_value": ("status:STOP=DNC",),
    "rerun": True,
    "only": frozenset({Outcome.FAILED}),
    "columns": {"phone": "phone"},
    "corrections": (Correction("Phone", "1", "2"),),
}


def test_every_option_of_reading_is_told_or_left_out_on_purpose() -> None:
    """A new option of reading is part of the fingerprint: the table of changes below must name it."""
    assert {field.name for field in fields(ReadOptions)} == CHANGES.keys()


@pytest.mark.parametrize("field", [field.name for field in fields(ReadOptions) if field.name in CHANGES])
def test_another_way_of_reading_is_another_command(field: str) -> None:
    """Every option of reading, and everything that is asked, is part of what makes a command the same."""
    assert digest(reading=replace(READING, **{field: CHANGES[field]})) != digest()


@pytest.mark.parametrize(
    "change",
    [
        ContactChange("DNC", campaign_id=CAMPAIGN),
        ContactChange("DNC", name="x"),
        ContactChange("DNC", variables={"a": "b"}),
        ContactChange("dnc"),
        ContactChange(),
    ],
)
def test_another_ask_is_another_command(change: ContactChange) -> None:
    """Whatever is asked of the contacts tells commands apart."""
    assert digest(reading=replace(READING, ask=change)) != digest()


def test_another_input_or_address_is_another_command() -> None:
    """One byte of the input, or another server, is another run."""
    base = replace(SETTINGS, base_url="http://127.0.0.1:1")
    assert len({digest(), digest(CSV + "2125550125,\n"), digest(CSV.replace("DNC", "dnc")), digest(settings=base)}) == 4


@pytest.mark.parametrize(
    "settings",
    [
        replace(SETTINGS, rate=Rate(5, 60.0)),
        replace(SETTINGS, workers=2, attempts=9, timeout=1.0, limit=5, yes=True, fresh=True),
        replace(SETTINGS, key=ApiKey("gua_other000_x"), accept_key=True),
        replace(SETTINGS, out=Path("elsewhere"), format=("xlsx",)),
        replace(SETTINGS, base_url="https://api.guayaba.ai"),
    ],
)
def test_how_a_run_goes_does_not_make_it_another(settings: Settings) -> None:
    """Pace, patience, key and report formats may change between two sessions of one run."""
    assert digest(settings=settings) == digest()


def test_what_the_team_has_does_not_make_it_another() -> None:
    """The statuses are asked for afresh each time, and are no part of the command."""
    source = loaded().read_again(READING, TeamRules(statuses=frozenset({"DNC"}), stopping_statuses=frozenset({"DNC"})))
    assert fingerprint.build_fingerprints(READING, SETTINGS.access, source.facts.sha256, "").command == digest()


def test_the_language_does_not_make_it_another() -> None:
    """A run from stdin that began in English goes on in Spanish: no fingerprint of it holds a translated text."""
    sha256 = loaded().facts.sha256
    with in_language("es"):
        spanish = fingerprint.build_fingerprints(READING, SETTINGS.access, sha256, "/contacts.csv")
    assert spanish == fingerprint.build_fingerprints(READING, SETTINGS.access, sha256, "/contacts.csv")


def test_the_order_of_a_mapping_does_not_make_it_another() -> None:
    """--map options may be given in any order."""
    assert digest(reading=replace(READING, mapping={"status": "status", "phone": "phone"})) == digest()


_DIGEST = """
from unit.runs.test_plan import READING, digest
from dataclasses import replace
from batch.model import RERUN
print(digest(reading=replace(READING, only=RERUN)))
"""


def test_the_same_command_is_the_same_in_every_process() -> None:
    """The digest does not depend on the process's hash seed, or a killed run would not be found again."""
    found = set()
    for seed in ("1", "2", "3"):
        tests = str(Path(__file__).parents[2])
        env = {**os.environ, "PYTHONHASHSEED": seed}
        env["PYTHONPATH"] = os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")])
        done = subprocess.run([sys.executable, "-c", _DIGEST], env=env, capture_output=True, text=True, check=True)
        found.add(done.stdout.strip())
    assert len(found) == 1
    assert len(found.pop()) == 64


# -- judged ---------------------------------------------------------------------------------------------------------


def test_a_status_option_that_the_team_has_not_ends_the_run() -> None:
    """--status with a name that the team does not have is refused, with those it has."""
    reading = ReadOptions(Operation.UPDATE, ask=ContactChange("dnc"), region="US")
    source = loaded("phone\n2125550123\n", reading)
    with pytest.raises(SettingsError, match='no status "dnc"') as caught:
        team_check.apply_team(reading, source, TEAM)
    assert "DNC" in caught.value.problems[0]


def test_a_status_cell_that_the_team_has_not_makes_its_row_invalid() -> None:
    """Rows are judged again by the team's own statuses; the others stay as they were."""
    reading = ReadOptions(Operation.UPDATE, region="US")
    source = loaded("phone,status\n2125550123,DNC\n2125550124,vip\n", reading)
    again, _ = team_check.apply_team(reading, source, TEAM)
    assert (again.survey.sendable, again.survey.counts["invalid"]) == (1, 1)
    vip = Statuses({**DEFAULT_STATUSES, "vip": False}, known=True)
    again, _ = team_check.apply_team(reading, source, Teams({"": Team(vip)}))
    assert again.survey.sendable == 2


FEW = Statuses({"active": False, "fulfilled": True, "DNC": True, "paused": False}, known=True)


@pytest.mark.parametrize(
    ("csv", "status", "reads", "why"),
    [
        ("phone\n2125550123\n2125550123\n", "DNC", 0, "DNC stops outreach in either list of statuses"),
        ("phone\n2125550123\n2125550123\n", "active", 0, "active starts it in either list"),
        ("phone\n2125550123\n2125550123\n", "paused", 1, "paused stops it in the documented list alone"),
        ("phone,status\n2125550123,DNC\n2125550124,paused\n", None, 1, "the file has statuses of its own"),
    ],
)
def test_a_file_is_read_again_where_the_teams_statuses_can_change_a_row(
    csv: str, status: str | None, reads: int, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all rows set one status that means the same in the documented list and the team's, one read is enough, and
    its rows are those of a second one."""
    reading = ReadOptions(Operation.UPDATE, ask=ContactChange(status), region="US")
    source = loaded(csv, reading)
    read_again, read = LoadedSource.read_again, []

    def counted(*arguments: Any) -> LoadedSource:
        read.append(arguments)
        return read_again(*arguments)

    monkeypatch.setattr(LoadedSource, "read_again", counted)
    judged, _ = team_check.apply_team(reading, source, Teams({"": Team(FEW)}))
    assert len(read) == reads, why
    again = source.read_again(reading, judged.team)
    assert judged.team.stopping_statuses == FEW.stopping_names
    assert judged.survey == again.survey
    assert [*judged.batches()] == [*again.batches()]


def test_where_the_teams_statuses_are_not_known_none_is_refused() -> None:
    """The documented statuses are no reason to refuse a team's own."""
    reading = ReadOptions(Operation.UPDATE, ask=ContactChange("vip"), region="US")
    source = loaded("phone\n2125550123\n", reading)
    assert team_check.apply_team(reading, source, Teams())[0] is source


def test_a_fulfilment_asks_for_fulfilled() -> None:
    """Only a fulfilment's ask is set, so that reading back can compare."""
    assert fingerprint.with_fulfil_change(ReadOptions(Operation.FULFILL)).ask == ContactChange("fulfilled")
    assert fingerprint.with_fulfil_change(ReadOptions(Operation.UPDATE, ask=ContactChange("DNC"))).ask == ContactChange(
        "DNC"
    )


# -- the preview ----------------------------------------------------------------------------------------------------


def previewed(
    folder: Path, reading: ReadOptions, text: str, settings: Settings = SETTINGS, teams: Teams = TEAM
) -> plans.PlanPreview:
    """The preview of `text` read so, its rows in a journal below `folder`."""
    opened = OpenRun(folder, Journal.create(folder / "previewed"))
    run = file_run(loaded(text, reading), reading, settings)
    written = run.write_rows(opened, settings.access.lanes(), teams)
    outlook = plans.Outlook(plans.lane_paces(settings.access.lanes(), settings.window, {}), teams)
    preview = run.preview(opened, written, outlook)
    opened.journal.close()
    return preview


def file_run(source: LoadedSource, reading: ReadOptions = READING, settings: Settings = SETTINGS) -> LoadedFileRun:
    """A run of `source` by the command `cccc…`."""
    return LoadedFileRun(
        settings.run, reading, source, fingerprint.Fingerprints("c" * 64, "", ""), "", RunCatalog(Path("nowhere"))
    )


@pytest.mark.parametrize(
    ("text", "change", "starts"),
    [
        pytest.param("phone,status\n2125550123,DNC\n", ContactChange(), False, id="only cancels"),
        pytest.param("phone,status\n2125550123,DNC\n2125550124,active\n", ContactChange(), True,
        id="one row re-activates"),
        pytest.param("phone\n2125550123\n", ContactChange("active"), True, id="all re-activate"),
        pytest.param("phone\n2125550123\n", ContactChange(campaign_id=CAMPAIGN), True, id="all change campaigns"),
        pytest.param("phone\n2125550123\n", ContactChange("paused", campaign_id=CAMPAIGN), False,
        id="held in their campaign"),
        pytest.param(f"phone,campaign\n2125550123,{CAMPAIGN}\n", ContactChange(), True, id="a column of campaigns"),
        pytest.param(
            f"phone,status,campaign\n2125550123,paused,\n2125550124,,{CAMPAIGN}\n", ContactChange(), True,
            id="one row changes campaigns, another's status is terminal",
        ),
        pytest.param(
            "phone,status\n2125550123,paused\n2125550124,\n", ContactChange(campaign_id=CAMPAIGN), True,
            id="a campaign for all, and one row without a status",
        ),
        pytest.param(
            "phone,status\n2125550123,paused\n2125550123,DNC\n2125550124,\n", ContactChange(campaign_id=CAMPAIGN), True,
            id="the same, beside two rows that are held back as a conflict",
        ),
    ],
)  # fmt: skip
def test_the_preview_says_when_any_row_starts_outreach(
    tmp_path: Path, text: str, change: ContactChange, starts: bool
) -> None:
    """The preview says that people will be called whenever one of the rows makes it so."""
    reading = ReadOptions(Operation.UPDATE, ask=change, region="US")
    assert previewed(tmp_path, reading, text).starts_outreach is starts


def test_a_preview_tells_calls_time_and_what_is_odd(tmp_path: Path) -> None:
    """Calls and time at the limit in force, and warnings about a list that was not shown and an unusual key."""
    reading = ReadOptions(Operation.UPDATE, ask=ContactChange("DNC"), region="US")
    text = "phone\n" + "".join(f"212555{n:04d}\n" for n in range(100, 131)) + "2125550100\nx\n"
    settings = replace(SETTINGS, key=ApiKey("sk_live"), rate=Rate(10, 60.0))
    found = previewed(tmp_path, reading, text, settings, Teams())
    assert (found.calls, found.seconds) == (31, 180.0)
    assert found.base_url == "https://api.guayaba.ai"
    assert len(found.warnings) == 2
    assert "sk_live" not in repr(found)


@pytest.mark.parametrize(
    ("calls", "seconds"), [(0, 0.0), (1, 0.0), (30, 0.0), (31, 60.0), (60, 60.0), (10_000, 19_980.0)]
)
def test_the_first_window_costs_no_time(calls: int, seconds: float) -> None:
    """The first 30 go at once, the rest a window later each: 10,000 take 5 h 33 min."""
    assert plans.seconds_at(calls, Rate(30, 60.0)) == seconds


# -- a run's own ----------------------------------------------------------------------------------------------------


def test_a_plan_holds_all_that_a_rerun_needs(tmp_path: Path) -> None:
    """Out of the journal comes the reading that went in, and no key."""
    reading = replace(READING, ask=ContactChange())
    team = TeamRules(stopping_statuses=TEAM.statuses.stopping_names, accounts=frozenset({"north"}))
    source = loaded().read_again(reading, replace(team, statuses=TEAM.statuses.names))
    journal = Journal.create(tmp_path / "j")
    rerun = Rerun(reading, plan(run="parent"), tmp_path / "parent", None)
    made = replace(file_run(source, reading), rerun=rerun).build_plan("a-run", SETTINGS.access.lanes(), TEAM)
    write_plan(journal, made, [sendable(1)])
    journal.close()
    journal = Journal.open(tmp_path / "j")
    kept = journal.plan()
    journal.close()
    assert kept is not None
    assert msgspec.convert(dict(kept.read_options), type=ReadOptions) == reading
    assert team_check.recorded_rules(kept) == team
    assert (kept.source_run, kept.key_fingerprint) == ("parent", KEY.fingerprint)
    assert set(kept.stopping_statuses) == TEAM.statuses.stopping_names
    assert KEY.reveal().encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_run_goes_on_with_its_own_key_only() -> None:
    """Another key is refused, by fingerprint, unless it is said to be the same team's."""
    binding.require_same_keys(plan(), SETTINGS.access)
    binding.require_same_keys(plan(), replace(SETTINGS, key=ApiKey(f" {KEY.reveal()}\n")).access)
    other = replace(SETTINGS, key=ApiKey("gua_other000_canary"))
    with pytest.raises(InputRefused) as caught:
        binding.require_same_keys(plan(), other.access)
    assert caught.value.exit_code is Exit.REFUSED
    assert "canary" not in str(caught.value)
    assert KEY.fingerprint in str(caught.value)
    assert "--accept-key" in caught.value.tip
    binding.require_same_keys(plan(), replace(other, accept_key=True).access)


def test_what_stops_outreach_in_one_team_is_guarded_in_all(tmp_path: Path) -> None:
    """A status that is terminal in one team only may not be repeated blindly, and its contacts are left alone."""
    one = Team(Statuses({**DEFAULT_STATUSES, "opted-out": True}, known=True))
    two = Team(Statuses({**DEFAULT_STATUSES, "opted-out": False}, known=True))
    teams = Teams({"one": one, "two": two})
    with_both = plan(
        stopping_statuses=tuple(teams.statuses.stopping_names),
        stopping_in_any_team=tuple(sorted(teams.stopping_in_any_team)),
    )
    assert "opted-out" not in with_both.stopping_statuses
    person = Contact("c1", "+12125550123", status="opted-out")
    with closing(Journal.create(tmp_path / "journal.sqlite")) as journal:
        session = Session(
            with_both, SETTINGS.guards, SETTINGS.limits, journal, GroupCommit(journal), lambda *_: None, 2, 1, None
        )
        look = check_before_write(Exchange(200), [person], True, ContactChange("active"), session.guard_policy)
    assert (look.outcome, look.code) == (Outcome.HELD, "would_reactivate")


def test_the_plan_keeps_what_stops_outreach_anywhere() -> None:
    """Whoever goes on with a run guards the same people."""
    one, two = ({**DEFAULT_STATUSES, "opted-out": stopping_statuses} for stopping_statuses in (True, False))
    teams = Teams({"one": Team(Statuses(one, known=True)), "two": Team(Statuses(two, known=True))})
    made = file_run(loaded()).build_plan("a-run", SETTINGS.access.lanes(), teams)
    assert "opted-out" in made.stopping_in_any_team
    assert "opted-out" not in made.stopping_statuses
