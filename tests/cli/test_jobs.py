"""Job files and `config show`, with the real program: kept once, repeated on the next export, told where from."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from cli.harness import KEY, Program, Sandboxes, numbers, write_csv

FAST = ("--rate", "60000/min")


def test_a_job_is_repeated_on_the_next_export(program: Program, sandboxes: Sandboxes) -> None:
    """What one command did with its columns, region, status and options, `run` does with another file."""
    server = sandboxes(numbers(6))
    for week in (1, 2):
        rows = [[number.removeprefix("+1"), "x"] for number in numbers(6)[3 * week - 3 : 3 * week]]
        write_csv(program.folder / f"week-{week}.csv", ["Fon", "Phone"], rows)
    program.env["GUAYABA_BASE_URL"] = server.url
    told = ("--map", "phone=Fon", "--region", "US", "--status", "DNC", "--format", "ndjson", "--yes")
    first = program("update", "week-1.csv", *told, *FAST, "--limit", "2", "--save-job", "weekly.toml")
    assert first.code == 75, first.err
    kept = (program.folder / "weekly.toml").read_text()
    assert KEY not in kept
    assert tomllib.loads(kept)["settings"] == {"rate": "60000/min", "format": "ndjson"}
    resumed = program("run", "weekly.toml", "week-1.csv", "--yes")  # the same command as the first, but for its limit
    assert (resumed.code, len(resumed.runs)) == (0, 1), resumed.err
    second = program("run", "weekly.toml", "week-2.csv", "--yes")
    assert second.code == 0, second.err
    assert {server.contact(number)["status"] for number in numbers(6)} == {"DNC"}  # type: ignore[index]
    assert (second.run / "outcomes.ndjson").exists()


def test_a_job_sends_what_it_sent_when_it_was_saved(program: Program, sandboxes: Sandboxes) -> None:
    """Columns of a later export that would set more are left and named, so a job never starts outreach by itself; a
    file that lacks a column of the job is refused."""
    server = sandboxes(numbers(2))
    program.env["GUAYABA_BASE_URL"] = server.url
    ids = [server.contact(number)["id"] for number in numbers(2)]  # type: ignore[index]
    write_csv(program.folder / "1.csv", ["id", "name"], [[ids[0], "Ann"]])
    assert program("update-by-id", "1.csv", *FAST, "--yes", "--save-job", "names.toml").code == 0
    kept = tomllib.loads((program.folder / "names.toml").read_text())
    assert kept["reading"]["columns"] == {"id": "id", "name": "name"}
    before = server.contact(numbers(2)[1])
    header = ["id", "name", "status", "timezone", "var:x"]
    write_csv(program.folder / "2.csv", header, [[ids[1], "Bob", "active", "Europe/Madrid", "1"]])
    ended = program("run", "names.toml", "2.csv", *FAST, "--yes")
    assert ended.code == 0, ended.err
    after = server.contact(numbers(2)[1])
    assert before is not None and after is not None
    assert after["name"] == "Bob"
    same = ("status", "timezone", "customVariables")
    assert [after.get(name) for name in same] == [before.get(name) for name in same]
    for left in ("status (status)", "timezone (timezone)", "var:x (var:x)"):
        assert left in ended.err
    write_csv(program.folder / "3.csv", ["id", "name of the company"], [[ids[1], "Acme"]])
    refused = program("run", "names.toml", "3.csv", *FAST, "--yes")
    assert (refused.code in (2, 4), "nothing to change" in refused.err) == (True, True), refused.err


DAMAGED = [
    pytest.param("", "job = 1", id="empty"),
    pytest.param('workers = 3\nregion = "US"', "not a job file", id="a file of settings"),
    pytest.param("Name,Phone\nA,+12125550100\n", "is damaged", id="a file of contacts"),
    pytest.param('job = 2\noperation = "update"', "found job = 2", id="of another version"),
    pytest.param('job = 1\noperation = "delete"', "'delete'", id="an operation that is none"),
    pytest.param('job = 1\noperation = "update"\nstatsu = "DNC"', 'did you mean "status"', id="a slip"),
    pytest.param('job = 1\noperation = "update"\nreading = 3', "a table [reading]", id="no table"),
    pytest.param('job = 1\noperation = "update"\n[reading]\non_conflict = "hope"', "'hope'", id="no such choice"),
    pytest.param('job = 1\noperation = "update"\n[reading]\nregion = 5', "found 5", id="a number for a region"),
    pytest.param('job = 1\noperation = "update"\n[reading.map]\nphone = 5', "map.phone", id="a number for a header"),
    pytest.param('job = 1\noperation = "update"\n[settings]\nrate = "fast"', "weekly.toml: rate", id="no rate"),
    pytest.param('job = 1\noperation = "update"\n[settings]\nyes = true', "settings.yes", id="a standing yes"),
    pytest.param(f'job = 1\noperation = "update"\n[settings]\napi_key = "{KEY}"', "settings.api_key", id="a key"),
]


@pytest.mark.parametrize(("text", "told"), DAMAGED)
def test_a_job_that_cannot_be_used_is_refused_with_the_reason(text: str, told: str, program: Program) -> None:
    """A damaged, foreign or wrong job file is named with what is wrong, exit 2, and no key is shown."""
    (program.folder / "weekly.toml").write_text(text)
    write_csv(program.folder / "in.csv", ["phone"], [numbers(1)])
    ended = program("run", "weekly.toml", "in.csv", "--yes")
    assert ended.code == 2, ended.err
    assert told in ended.err
    assert "Traceback" not in ended.err
    assert KEY not in ended.err


def test_a_job_that_is_not_there_says_how_one_is_made(program: Program) -> None:
    """The way to make one is told."""
    ended = program("run", "weekly.toml", "in.csv", "--yes")
    assert ended.code == 2
    assert "--save-job" in ended.err


def test_save_job_never_overwrites_another_file(program: Program) -> None:
    """A file of another content stays as it is, and nothing is sent; so does a folder that is not there."""
    write_csv(program.folder / "in.csv", ["phone"], [numbers(1)])
    (program.folder / "mine.toml").write_text("a = 1")
    for name in ("mine.toml", "gone/mine.toml"):
        ended = program("fulfill", "in.csv", "--base-url", "http://127.0.0.1:9", "--yes", "--save-job", name)
        assert ended.code == 2
        assert "--save-job" in ended.err
    assert (program.folder / "mine.toml").read_text() == "a = 1"


def test_config_show_tells_each_value_and_its_place(program: Program, tmp_path: Path) -> None:
    """A flag, a variable, both files and a default are told apart; the key and the address of notices are not shown."""
    (tmp_path / "guayaba-batch.toml").write_text('workers = 3\nregion = "ES"\n[accounts.north]\napi_key_env = "X"')
    (tmp_path / ".config/guayaba-batch").mkdir(parents=True)
    (tmp_path / ".config/guayaba-batch/config.toml").write_text('share = "50%"\nregion = "US"')
    program.env |= {
        "GUAYABA_RATE": "20/min",
        "GUAYABA_NOTIFY": "https://hooks.example.com/SECRET",
        "XDG_CONFIG_HOME": "",
    }
    ended = program("config", "show", "--timeout", "10s", "--json")
    assert ended.code == 0, ended.err
    shown = json.loads(ended.out)["settings"]
    project, user = tmp_path / "guayaba-batch.toml", tmp_path / ".config/guayaba-batch/config.toml"
    for name, value, place in (
        ("timeout", "10s", "--timeout"),
        ("rate", "20/min", "GUAYABA_RATE"),
        ("workers", "3", f"{project}: workers"),
        ("region", "ES", f"{project}: region"),
        ("share", "50%", f"{user}: share"),
        ("give_up_after", "1h", "default"),
        ("limit", None, "default"),
        ("accounts.north", None, "the variable X is not set"),
    ):
        assert shown[name] == {"value": value, "from": place}
    assert shown["api_key"]["value"].startswith("fingerprint ")
    plain = program("config", "show")
    assert "GUAYABA_RATE" in plain.out
    for out in (ended.out, plain.out):
        assert KEY not in out
        assert "SECRET" not in out


def test_config_show_without_a_key_says_so(program: Program) -> None:
    """No key is no fault of the settings: the way to store one is told."""
    del program.env["GUAYABA_API_KEY"]
    program.env |= {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "XDG_CONFIG_HOME": ""}
    ended = program("config", "show")
    assert ended.code == 0
    assert "guayaba-batch login" in ended.out
