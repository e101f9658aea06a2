"""Accounts: keys by name in the settings files, and the lanes that a run makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.harness import CANARY
from unit.settings.test_settings import Place, place  # noqa: F401

from batch.errors import SettingsError
from batch.model import Rate
from batch.settings.accounts import Account
from batch.settings.api_key import ApiKey

OTHER = "gua_other000_another-key"


def test_an_account_names_its_key_by_file_or_by_variable(place: Place) -> None:  # noqa: F811
    """Each lane has the key of its account; no key stands in the settings file."""
    place.project(
        f'[accounts.north]\napi_key_file = "{place.key_file}"\n[accounts."South Shop"]\napi-key-env = "SOUTH"'
    )
    settings = place.gather(environ={"SOUTH": OTHER})
    lanes = settings.access.lanes(["South Shop", "north"])
    assert [(lane.account, lane.key.reveal()) for lane in lanes] == [("South Shop", OTHER), ("north", CANARY)]
    assert CANARY not in repr(settings) and OTHER not in repr(settings)


def test_the_guides_accounts_are_read(place: Place) -> None:  # noqa: F811
    """The settings that the guide shows name two accounts."""
    text = (Path(__file__).parents[3] / "samples" / "guides" / "accounts.md").read_text()
    place.project(text.partition("```toml")[2].partition("```")[0])
    assert set(place.gather().accounts) == {"north", "south"}


def test_with_accounts_no_key_of_the_runs_own_is_needed(place: Place) -> None:  # noqa: F811
    """The rows name their keys; only rows that do not need the run's own."""
    place.project(f'[accounts.north]\napi_key_file = "{place.key_file}"')
    settings = place.gather()
    assert len(settings.access.lanes(["north"])) == 1
    with pytest.raises(SettingsError, match="no API key was found"):
        settings.access.lanes()


@pytest.mark.parametrize(
    ("table", "told"),
    [
        pytest.param("accounts = 3", "a table for each account", id="no tables"),
        pytest.param("[accounts]\nnorth = 'x'", "a table for each account", id="an account that is no table"),
        pytest.param("[accounts.north]\napi_key_file='x'\napi_key_env='X'", "one place of the key", id="two keys"),
        pytest.param(
            f"[accounts.north]\napi_key = '{CANARY}'", "move the key to a file of its own", id="the key itself"
        ),
        pytest.param("[accounts.north]\napi_key_env='X'\nspeed = 3", "no such setting", id="an unknown setting"),
        pytest.param(
            "[accounts.north]\napi_key_env='X'\nrate = 'fast'", "expected requests per time", id="a wrong rate"
        ),
        pytest.param("[accounts.north]\napi_key_env='X'\nshare = 2", "expected a share", id="a wrong share"),
    ],
)
def test_a_table_that_is_wrong_is_told_with_its_file(place: Place, table: str, told: str) -> None:  # noqa: F811
    """Every fault of an account's table is a problem of the settings, and no key is shown."""
    place.project(table)
    [problem] = place.problems(environ={"GUAYABA_API_KEY": OTHER})
    assert told in problem
    assert "guayaba-batch.toml" in problem


def test_all_that_is_wrong_with_the_accounts_of_a_file_is_told_at_once(place: Place, tmp_path: Path) -> None:  # noqa: F811
    """A name that is not set, a file that is not there, a variable that is empty, one key twice: all in one error."""
    place.project(
        f'[accounts.a]\napi_key_file = "{place.key_file}"\n[accounts.b]\napi_key_file = "{place.key_file}"\n'
        f'[accounts.c]\napi_key_file = "{tmp_path / "gone"}"\n[accounts.d]\napi_key_env = "NOT_SET"'
    )
    with pytest.raises(SettingsError) as caught:
        place.gather().access.lanes(["a", "b", "c", "d", "e"])
    told = caught.value.problems
    assert len(told) == 4
    for part, problem in zip(
        ("same key as", "cannot be read", "NOT_SET is not set", "is not in the"), told, strict=True
    ):
        assert part in problem
    assert CANARY not in str(caught.value)


def test_one_account_for_all_rows(place: Place) -> None:  # noqa: F811
    """--account uses that account's key, rate and share for a run whose rows name none."""
    place.project(f'[accounts.north]\napi_key_file = "{place.key_file}"\nrate = "20/min"\nshare = "50%"')
    [lane] = place.gather({"account": "north"}, {"GUAYABA_API_KEY": OTHER}).access.lanes()
    assert (lane.account, lane.key.reveal(), lane.rate, lane.share) == ("", CANARY, Rate(20, 60.0), 0.5)
    [problem] = place.problems({"account": "west"})
    assert 'there is no account "west" (there are: north)' in problem
    [problem] = place.problems({"account": "north", "api_key_file": str(place.key_file)})
    assert "two keys" in problem


def test_the_project_files_account_hides_the_users(place: Place) -> None:  # noqa: F811
    """An account that both files name is the project's; the others of the user's file stay."""
    place.user('[accounts.north]\napi_key_env = "USERS"\n[accounts.south]\napi_key_env = "USERS"')
    place.project('[accounts.north]\napi_key_env = "PROJECTS"')
    settings = place.gather(environ={"USERS": CANARY, "PROJECTS": OTHER})
    assert [lane.key.reveal() for lane in settings.access.lanes(["north", "south"])] == [OTHER, CANARY]


@pytest.mark.parametrize(
    ("own", "runs", "expected"),
    [
        pytest.param(None, None, None, id="none"),
        pytest.param(Rate(20, 60.0), None, Rate(20, 60.0), id="the account's"),
        pytest.param(None, Rate(10, 60.0), Rate(10, 60.0), id="the run's"),
        pytest.param(Rate(1, 1.0), Rate(30, 60.0), Rate(30, 60.0), id="30 a minute are fewer than one a second"),
        pytest.param(Rate(20, 60.0), Rate(1, 1.0), Rate(20, 60.0), id="the other way round"),
    ],
)
def test_the_stricter_rate_counts(own: Rate | None, runs: Rate | None, expected: Rate | None) -> None:
    """A lane is no faster than its account and no faster than the run."""
    assert Account(rate=own).lane("x", ApiKey(CANARY), runs, 1.0).rate == expected
