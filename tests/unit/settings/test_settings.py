"""Settings: which layer wins, what each value may be, every problem at once, and a key that is never shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.harness import CANARY

from batch.errors import Exit, SettingsError
from batch.model import Rate
from batch.settings.gather import gather_settings
from batch.settings.layers import PROJECT_FILE, misspelt_variables
from batch.settings.settings import STANDING, Settings
from batch.settings.values import duration, formats, rate


class Place:
    """A folder to be in and a home, with settings files as a test writes them."""

    def __init__(self, folder: Path) -> None:
        self.here, self.home = folder / "here", folder / "home"
        self.here.mkdir()
        (self.home / ".config/guayaba-batch").mkdir(parents=True)
        self.key_file = folder / "k.txt"
        self.key_file.write_text(f"{CANARY}\n")

    def project(self, text: str | bytes) -> None:
        (self.here / PROJECT_FILE).write_bytes(text.encode() if isinstance(text, str) else text)

    def user(self, text: str) -> None:
        (self.home / ".config/guayaba-batch/config.toml").write_text(text)

    def gather(self, flags: Mapping[str, Any] = {}, environ: Mapping[str, str] = {}, **more: Any) -> Settings:
        return gather_settings(flags, environ, here=self.here, home=self.home, **more)

    def problems(self, flags: Mapping[str, Any] = {}, environ: Mapping[str, str] = {}, **more: Any) -> tuple[str, ...]:
        with pytest.raises(SettingsError) as caught:
            self.gather(flags, environ, **more)
        assert CANARY not in str(caught.value)
        assert caught.value.exit_code is Exit.USAGE
        return caught.value.problems


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# -- layers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("highest", range(4))
def test_flags_win_over_environment_over_project_file_over_user_file(place: Place, highest: int) -> None:
    """A setting is taken from the highest layer that holds it."""
    flags, environ = {}, {"GUAYABA_API_KEY": CANARY}
    if highest <= 0:
        flags = {"workers": "1"}
    if highest <= 1:
        environ["GUAYABA_WORKERS"] = "2"
    if highest <= 2:
        place.project("workers = 3")
    place.user("workers = 4\nattempts = 9")
    found = place.gather(flags, environ)
    assert found.workers == highest + 1
    assert found.attempts == 9


def test_without_any_layer_the_documented_defaults_hold(place: Place) -> None:
    """Nothing given: the public address, the server's own limit, `reports`, nobody's consent."""
    found = place.gather(environ={"GUAYABA_API_KEY": CANARY})
    assert found.access.address == "https://api.guayaba.ai"
    assert (found.rate, found.limit, found.out) == (None, None, Path("reports"))
    assert not (found.yes or found.fresh or found.accept_key)


def test_a_flag_that_was_not_given_hides_nothing(place: Place) -> None:
    """`None` among the flags, and an empty variable, leave the layers below in force."""
    place.project("workers = 3")
    assert place.gather({"workers": None}, {"GUAYABA_WORKERS": ""}, need_key=False).workers == 3


def test_a_wrong_value_is_not_replaced_by_a_lower_layers_right_one(place: Place) -> None:
    """The highest layer counts even where it is wrong, and is named."""
    place.project("workers = 3")
    [problem] = place.problems({"workers": "many"}, need_key=False)
    assert problem.startswith("--workers: ")
    assert '"many"' in problem


def test_the_user_file_is_where_xdg_says(place: Place, tmp_path: Path) -> None:
    """XDG_CONFIG_HOME moves the user's file."""
    (tmp_path / "xdg/guayaba-batch").mkdir(parents=True)
    (tmp_path / "xdg/guayaba-batch/config.toml").write_text("workers = 7")
    place.user("workers = 4")
    assert place.gather(environ={"XDG_CONFIG_HOME": str(tmp_path / "xdg")}, need_key=False).workers == 7


def test_a_name_may_be_spelled_with_dashes(place: Place) -> None:
    """`give-up-after` and `give_up_after` are one setting."""
    place.project('give-up-after = "10m"')
    assert place.gather(need_key=False).give_up_after == 600.0


# -- problems -------------------------------------------------------------------------------------------------------


def test_a_name_that_is_nearly_a_setting(place: Place) -> None:
    """A slip in a settings file is told with the setting that is near, and not with the list of all."""
    place.project('raet = "3/min"')
    [problem] = place.problems(need_key=False)
    assert problem.endswith('there is no setting "raet". Did you mean rate?')


def test_every_problem_is_in_one_error(place: Place) -> None:
    """Wrong values in four layers, an unknown name and a missing key are told together, each with its place."""
    place.project('rate = "fast"\nworker = 5')
    place.user("timeout = 0")
    problems = place.problems({"limit": "0"}, {"GUAYABA_BASE_URL": "http://example.org", "GUAYABA_ATTEMPTS": "x"})
    told = "\n".join(problems)
    for part in ("--limit", "GUAYABA_BASE_URL", "GUAYABA_ATTEMPTS", f"{PROJECT_FILE}: rate", '"worker"', "timeout"):
        assert part in told
    assert "no API key was found" in told
    assert len(problems) == 7


@pytest.mark.parametrize(
    ("project", "flags"),
    [
        pytest.param("worker = 5", {}, id="an unknown setting"),
        pytest.param("", {"base_url": "http://example.org"}, id="an address"),
        pytest.param("", {"out": "x", "workers": "monkey"}, id="a word that holds another"),
    ],
)
def test_a_missing_key_is_told_beside_any_other_problem(place: Place, project: str, flags: dict[str, str]) -> None:
    """Another problem never hides that the key is missing."""
    place.project(project)
    problems = place.problems(flags)
    assert any("no API key was found" in problem for problem in problems)
    assert len(problems) == 2


@pytest.mark.parametrize("name", ["yes", "fresh", "accept_key"])
def test_what_must_be_said_each_time_is_no_standing_setting(place: Place, name: str) -> None:
    """A file that would turn a safeguard off for good is refused, and a variable does not."""
    assert getattr(place.gather({name: True}, need_key=False), name) is True
    assert getattr(place.gather(environ={f"GUAYABA_{name.upper()}": "1"}, need_key=False), name) is False
    place.project(f"{name} = true")
    [problem] = place.problems(need_key=False)
    assert f'there is no setting "{name}"' in problem


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"workers = ", id="no TOML"),
        pytest.param('workers = 3\nregion = "España"'.encode("latin-1"), id="Latin-1"),
        pytest.param('workers = 3\nregion = "ES"'.encode("utf-16"), id="UTF-16, as PowerShell writes it"),
        pytest.param(b"\x00\x01\x02", id="binary"),
    ],
)
def test_a_settings_file_that_cannot_be_read_is_a_problem_with_its_path(place: Place, content: bytes) -> None:
    """A damaged settings file is named, and is no crash."""
    place.project(content)
    [problem] = place.problems(need_key=False)
    assert PROJECT_FILE in problem


def test_a_settings_file_that_is_a_folder_is_a_problem(place: Place) -> None:
    """What is there and cannot be opened is not taken for absent."""
    (place.here / PROJECT_FILE).mkdir()
    [problem] = place.problems(need_key=False)
    assert PROJECT_FILE in problem


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("out", '["a"]'),
        ("workers", "1.5"),
        ("workers", "true"),
        ("format", "[]"),
        ("format", '["csv", "docx"]'),
        ("format", "5"),
        ("timeout", "true"),
        ("rate", "30"),
        ("base_url", "5"),
        ("limit", "{ a = 1 }"),
        ("region", "[]"),
    ],
)
def test_a_value_of_the_wrong_kind_is_a_problem_with_its_name(place: Place, name: str, value: str) -> None:
    """TOML has kinds that a setting has not: each is refused by name, none is a crash or guessed at."""
    place.project(f"{name} = {value}")
    [problem] = place.problems(need_key=False)
    assert f"{PROJECT_FILE}: {name}: expected" in problem


def test_a_home_that_nobody_has_is_a_problem(place: Place) -> None:
    """`~nobody/…` is told as a problem of its option."""
    [problem] = place.problems({"out": "~no-such-user-here/x"}, need_key=False)
    assert problem.startswith("--out")


# -- the key --------------------------------------------------------------------------------------------------------


def test_a_key_in_a_settings_file_is_refused_without_being_shown(place: Place) -> None:
    """`api_key` in TOML is a problem that names the file, whichever key counts."""
    for name in ("api_key", "api-key"):
        place.project(f'{name} = "{CANARY}"')
        problems = place.problems(environ={"GUAYABA_API_KEY": CANARY})
        assert any(PROJECT_FILE in problem and "api_key_file" in problem for problem in problems)


def test_the_key_comes_from_the_environment_or_a_file(place: Place) -> None:
    """A file named by a flag wins over the environment's key, which wins over a file that a settings file names."""
    other = place.here / "other.txt"
    other.write_text("gua_other000_file\r\n", encoding="utf-8-sig")
    place.project(f'api_key_file = "{other}"')
    in_file = place.gather().key
    in_environment = place.gather(environ={"GUAYABA_API_KEY": "gua_envi0000_x"}).key
    by_flag = place.gather({"api_key_file": str(place.key_file)}, {"GUAYABA_API_KEY": "gua_envi0000_x"})
    assert in_file is not None
    assert in_file.reveal() == "gua_other000_file"
    assert in_environment is not None
    assert in_environment.reveal() == "gua_envi0000_x"
    assert by_flag.key is not None
    assert by_flag.key.reveal() == CANARY
    assert by_flag.key_source is not None
    assert by_flag.key_source.path == str(place.key_file)


def test_the_key_may_be_piped_unless_stdin_is_the_input(place: Place) -> None:
    """`--api-key-file -` reads stdin, and is refused where stdin is the contacts."""
    found = place.gather({"api_key_file": "-"}, read_stdin=lambda: f"{CANARY}\n")
    assert found.key is not None
    assert found.key.reveal() == CANARY
    assert found.key_source is not None
    assert found.key_source.path is None
    [problem] = place.problems({"api_key_file": "-"}, read_stdin=None)
    assert "stdin is the input" in problem


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("no-such.txt", id="missing"),
        pytest.param(".", id="a folder"),
        pytest.param("binary", id="not text"),
        pytest.param("empty", id="empty"),
        pytest.param("two", id="two lines"),
        pytest.param("~no-such-user-here/k", id="a home that nobody has"),
        pytest.param("nul\x00", id="a name that cannot be"),
    ],
)
def test_a_key_file_that_cannot_be_used_is_one_problem(place: Place, name: str) -> None:
    """Whatever is wrong with the key's file, it is told once, and nothing of its content is shown."""
    (place.here / "binary").write_bytes(b"gua_\xff\xfe")
    (place.here / "empty").write_text("\n")
    (place.here / "two").write_text(f"{CANARY}\n{CANARY}\n")
    named = name if name.startswith("~") else str(place.here / name)
    [problem] = place.problems({"api_key_file": named})
    assert "API key" in problem or "null byte" in problem


@pytest.mark.parametrize("where", ["flag", "environment", "file"])
def test_a_key_given_where_its_file_belongs_is_not_shown(place: Place, where: str) -> None:
    """Whoever gives the key itself for the name of its file is told so, without the key (law 11)."""
    if where == "file":
        place.project(f'api_key_file = "{CANARY}"')
    [problem] = place.problems(
        {"api_key_file": CANARY} if where == "flag" else {},
        {"GUAYABA_API_KEY_FILE": CANARY} if where == "environment" else {},
    )
    assert "API key file" in problem


@pytest.mark.parametrize("name", ["base_url", "rate", "workers", "timeout", "format", "limit"])
def test_a_key_in_the_place_of_another_setting_is_not_shown(place: Place, name: str) -> None:
    """Variables that were mixed up are told without their value, where that is the key."""
    problems = place.problems(environ={f"GUAYABA_{name.upper()}": CANARY, "GUAYABA_API_KEY": CANARY})
    assert any(problem.startswith(f"GUAYABA_{name.upper()}") for problem in problems)


def test_settings_show_no_key(place: Place) -> None:
    """Settings print the key's fingerprint only."""
    found = place.gather(environ={"GUAYABA_API_KEY": CANARY})
    assert found.key is not None
    assert CANARY not in repr(found)
    assert found.key.fingerprint in repr(found)


def test_http_off_this_machine_is_refused(place: Place) -> None:
    """No layer can send the key unencrypted to another machine."""
    place.project('base_url = "http://api.guayaba.ai"')
    [problem] = place.problems(environ={"GUAYABA_API_KEY": CANARY})
    assert "unencrypted" in problem


# -- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30/min", Rate(30, 60.0)),
        ("30/m", Rate(30, 60.0)),
        ("30 / minute", Rate(30, 60.0)),
        ("30 per minute", Rate(30, 60.0)),
        ("5/s", Rate(5, 1.0)),
        ("30/2s", Rate(30, 2.0)),
        ("1/1.5min", Rate(1, 90.0)),
        ("1_000/h", Rate(1000, 3600.0)),
        ("1000000/s", Rate(1_000_000, 1.0)),
        (" 30/MIN ", Rate(30, 60.0)),
    ],
)
def test_a_rate_is_calls_per_time(text: str, expected: Rate) -> None:
    """What people write for a rate is read."""
    assert rate(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "30", "30/", "/min", "0/min", "-1/min", "1.5/min", "30/0s", "30/week", "30/60", "1000001/s", "30/25h", "∞/s",
     "_/min", "30/.min", "30/1.2.3min", "30/min/s", "nan/min", "9" * 5000 + "/min"],
)  # fmt: skip
def test_what_is_no_rate_says_what_was_expected(text: str) -> None:
    """Anything else is refused with an example of what is meant."""
    with pytest.raises(ValueError, match="expected requests per time such as 30/min"):
        rate(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90", 90.0), (90, 90.0), (0.5, 0.5), ("90s", 90.0), ("10m", 600.0), ("10 min", 600.0), ("1h", 3600.0),
     ("1.5h", 5400.0), (".5s", 0.5), ("720h", 2_592_000.0)],
)  # fmt: skip
def test_a_duration_is_seconds(text: object, expected: float) -> None:
    """What people write for a duration is read."""
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["", "0", "-1", "s", "1d", "721h", "1e3", "nan", "inf", "1.2.3", ".", "1h30m", True])
def test_what_is_no_duration_says_what_was_expected(text: object) -> None:
    """Anything else is refused with an example of what is meant."""
    with pytest.raises(ValueError, match="expected a duration such as 90s"):
        duration(text)


@given(st.integers(1, 1_000_000), st.sampled_from([("s", 1.0), ("min", 60.0), ("h", 3600.0)]))
def test_every_rate_in_bounds_is_read_as_it_is_written(calls: int, unit: tuple[str, float]) -> None:
    """Count and unit come out as they went in."""
    assert rate(f"{calls}/{unit[0]}") == Rate(calls, unit[1])


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading_of_a_value(text: str) -> None:
    """Whatever is written, a rate, a duration and formats are read or refused with what was expected."""
    for parse in (rate, duration, formats):
        try:
            found = parse(text)
        except ValueError as fault:
            assert str(fault).startswith("expected ")
        else:
            assert found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("csv", ("csv",)),
        ("csv,xlsx", ("csv", "xlsx")),
        (["csv,xlsx", "csv"], ("csv", "xlsx")),
        ((" XLSX ",), ("xlsx",)),
    ],
)
def test_formats_are_named_once_each(value: object, expected: tuple[str, ...]) -> None:
    """Formats come out in the order given, in lower case, without repetition."""
    assert formats(value) == expected


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("share", "50%", 0.5),
        ("share", "0.5", 0.5),
        ("share", "100%", 1.0),
        ("max_errors", "20", 20),
        ("max_errors", "5%", 0.05),
        ("max_runtime", "2h", 7200.0),
        ("timeout", "5", 5.0),
        ("workers", "1000", 1000),
        ("limit", 1, 1),
        ("yes", "on", True),
        ("yes", False, False),
    ],
)
def test_a_value_is_read_as_it_is_meant(place: Place, name: str, value: object, found: object) -> None:
    """Shares, counts, times and switches come out in their own kind."""
    given_ = getattr(place.gather({name: value}, need_key=False), name)
    assert given_ == found
    assert type(given_) is type(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("share", "0%"),
        ("share", "101%"),
        ("share", "-1"),
        ("share", "nan"),
        ("share", "half"),
        ("max_errors", "-1"),
        ("max_errors", "101%"),
        ("max_errors", "nan%"),
        ("max_errors", "few"),
        ("max_runtime", "0"),
        ("max_runtime", "2"),
        ("give_up_after", "1.5"),
        ("until", "25:00"),
        ("until", "soon"),
        ("workers", "0"),
        ("workers", "1001"),
        ("attempts", "0"),
        ("limit", "-5"),
        ("yes", "maybe"),
        ("format", "docx"),
        ("format", ","),
    ],
)
def test_a_value_out_of_bounds_is_told_with_its_option_and_what_was_expected(
    place: Place, name: str, value: str
) -> None:
    """A value that cannot be meant is one problem: the option, what was expected, what was found."""
    [problem] = place.problems({name: value}, need_key=False)
    assert problem.startswith(f"--{name.replace('_', '-')}: expected ")


@pytest.mark.parametrize(
    ("name", "near", "reason"),
    [
        ("GUAYABA_RAET", "GUAYABA_RATE", "two letters in the wrong order"),
        ("GUAYABA_APIKEY", "GUAYABA_API_KEY", "a sign left out"),
        ("GUAYABA_RATE", None, "a setting"),
        ("GUAYABA_ALL_TOOLS", None, "something else, near no setting"),
        ("RAET", None, "not ours"),
    ],
)
def test_a_misspelt_variable_is_named(name: str, near: str | None, reason: str) -> None:
    """A variable that nothing reads is told, where a setting has nearly its name."""
    assert misspelt_variables({name: "1"}, STANDING) == ({} if near is None else {name: near}), reason


# -- from a program --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("out", "reports", Path("reports")),
        ("state", "state", Path("state")),
        ("rate", "30/min", Rate(30, 60.0)),
        ("max_runtime", "2h", 7200.0),
        ("format", "csv,xlsx", ("csv", "xlsx")),
        ("limit", "5", 5),
        ("yes", "false", False),
        ("region", "US", "US"),
    ],
)
def test_text_is_read_as_in_a_settings_file(name: str, text: str, value: object) -> None:
    """A program may give the text of a setting: it is the value that a settings file would give."""
    given: dict[str, Any] = {name: text}
    assert getattr(Settings(**given), name) == value


@pytest.mark.parametrize("value", ["north", {"north": "gua_sandbox0_a-key"}, [1], None])
def test_accounts_of_another_shape_are_refused(value: Any) -> None:
    """What is no mapping of accounts is refused by name and type, and no key is shown."""
    with pytest.raises(SettingsError, match=r"Settings\(accounts=\.\.\.\)") as error:
        Settings(accounts=value)
    assert "a-key" not in str(error.value)


@pytest.mark.parametrize(("name", "text"), [("rate", "fast"), ("limit", "many"), ("key", "a key"), ("out", "-")])
def test_text_that_says_no_such_value_is_refused(name: str, text: str) -> None:
    """Text that a settings file would not take is refused by name, and a key is not shown."""
    given: dict[str, Any] = {name: text}
    with pytest.raises(SettingsError, match=rf"Settings\({name}=\.\.\.\)") as error:
        Settings(**given)
    assert "a key" not in str(error.value)
