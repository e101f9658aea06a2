"""The API key: every place that it may come from, which of them counts, and that nothing read is ever shown."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from unit.harness import CANARY
from unit.settings.test_settings import Place, place  # noqa: F401

from batch.settings import key_store, keys
from batch.settings.api_key import ApiKey
from batch.settings.key_store import forget_key, store_key

PYTHON = sys.executable


def key_named(name: str) -> str:
    return f"gua_{name:_<8}_key"


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the keyring of the person who runs it."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


# -- which place counts ---------------------------------------------------------------------------------------------

#: From the strongest to the weakest.
ORDER = ("flag", "credential", "variable", "file variable", "project file", "user command", "stored")


@pytest.mark.parametrize("strongest", range(len(ORDER)), ids=ORDER)
def test_the_strongest_place_that_names_a_key_counts(place: Place, tmp_path: Path, strongest: int) -> None:  # noqa: F811
    """A flag, this unit's credential, the environment, the files, and what login stored: the first that is there."""

    def written(name: str) -> str:
        path = tmp_path / f"{name}.key"
        path.write_text(key_named(name))
        return str(path)

    flags, environ = {}, {}
    there = set(ORDER[strongest:])
    if "flag" in there:
        flags["api_key_file"] = written("flag")
    if "credential" in there:
        (tmp_path / keys.CREDENTIAL).write_text(key_named("credential"))
        environ["CREDENTIALS_DIRECTORY"] = str(tmp_path)
    if "variable" in there:
        environ["GUAYABA_API_KEY"] = key_named("variable")
    if "file variable" in there:
        environ["GUAYABA_API_KEY_FILE"] = written("file variable".replace(" ", "-"))
    if "project file" in there:
        place.project(f'api_key_file = "{written("project-file")}"')
    if "user command" in there:
        place.user(f"api_key_command = ['{PYTHON}', '-c', 'print(\"{key_named('user-command')}\")']")
    store_key("", ApiKey(key_named("stored")), place.home / ".config/guayaba-batch")
    found = place.gather(flags, environ).key
    assert found is not None
    assert found.reveal() == key_named(ORDER[strongest].replace(" ", "-"))


def test_a_folder_of_credentials_without_this_one_changes_nothing(place: Place, tmp_path: Path) -> None:  # noqa: F811
    """A unit may load credentials of other programs."""
    found = place.gather(environ={"CREDENTIALS_DIRECTORY": str(tmp_path), "GUAYABA_API_KEY": CANARY}).key
    assert found is not None
    assert found.reveal() == CANARY


def test_no_place_is_read_where_no_key_is_needed(place: Place) -> None:  # noqa: F811
    """What makes no call starts no command and reads no key: a broken place does not stop it."""
    mark = place.here / "started"
    found = place.gather(environ={"GUAYABA_API_KEY_COMMAND": f"touch {mark}"}, need_key=False)
    assert found.key is None
    assert not mark.exists()


def test_the_folder_one_is_in_starts_no_program(place: Place) -> None:  # noqa: F811
    """A settings file that came with a folder names no command, for the run nor for an account."""
    place.project("api_key_command = 'touch x'\n[accounts.north]\napi_key_command = 'touch x'")
    problems = place.problems(environ={"GUAYABA_API_KEY": CANARY})
    assert ["may name a program to start" in problem for problem in problems] == [True, True]


def test_two_places_in_one_layer_are_a_problem(place: Place) -> None:  # noqa: F811
    """A file and a command named side by side: nobody guesses which was meant."""
    [problem] = place.problems(environ={"GUAYABA_API_KEY_FILE": "x", "GUAYABA_API_KEY_COMMAND": "y"})
    assert "GUAYABA_API_KEY_COMMAND" in problem
    assert "GUAYABA_API_KEY_FILE" in problem


def test_accounts_take_their_keys_from_the_same_places(place: Place, tmp_path: Path) -> None:  # noqa: F811
    """A file, a variable, a command, a credential, and without any of them what `login --account` stored."""
    (tmp_path / "east").write_text(key_named("credential"))
    place.user(
        f"[accounts.north]\napi_key_file = '{place.key_file}'\n[accounts.south]\napi_key_env = 'SOUTH'\n"
        f"[accounts.west]\napi_key_command = ['{PYTHON}', '-c', 'print(\"{key_named('west')}\")']\n"
        "[accounts.east]\napi_key_credential = 'east'\n[accounts.\"the/rest\"]"
    )
    store_key("the/rest", ApiKey(key_named("rest")), place.home / ".config/guayaba-batch")
    settings = place.gather(environ={"SOUTH": key_named("south"), "CREDENTIALS_DIRECTORY": str(tmp_path)})
    lanes = settings.access.lanes(["north", "south", "west", "east", "the/rest"])
    expected = [CANARY, *(key_named(name) for name in ("south", "west", "credential", "rest"))]
    assert [lane.key.reveal() for lane in lanes] == expected


def test_an_account_without_a_key_says_how_to_store_one(place: Place) -> None:  # noqa: F811
    """The table names no place and nobody logged in: the command to do so is told."""
    place.project("[accounts.north]")
    [problem] = place.problems({"account": "north"})
    assert "guayaba-batch login --account north" in problem


# -- commands -------------------------------------------------------------------------------------------------------

COMMANDS = [
    pytest.param(["no-such-program-here"], "cannot be started", id="no such program"),
    pytest.param([PYTHON, "-c", f"print('{CANARY}'); raise SystemExit(3)"], "exit code 3", id="it fails"),
    pytest.param([PYTHON, "-c", "pass"], "empty", id="it prints nothing"),
    pytest.param([PYTHON, "-c", f"print('{CANARY}\\n{CANARY}')"], "line break", id="it prints two lines"),
    pytest.param([PYTHON, "-c", "import sys; sys.stdout.buffer.write(b'\\xff\\xfe')"], "not text", id="it is no text"),
    pytest.param([PYTHON, "-c", "while True: print('x ' * 9**4)"], "more than a key", id="it prints without end"),
    pytest.param(["nul\x00"], "cannot be started", id="a name that cannot be"),
]


@pytest.mark.parametrize(("argv", "told"), COMMANDS)
def test_a_command_that_yields_no_key_is_told_without_what_it_printed(argv: list[str], told: str) -> None:
    """Whatever a command does instead of printing a key, the message names the command and shows no output."""
    with pytest.raises(ValueError, match=told) as caught:
        keys.from_command(argv).read()
    assert CANARY not in str(caught.value)


def test_a_command_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time the command is killed, even where a child of its own still holds the pipe."""
    monkeypatch.setattr(keys, "COMMAND_S", 0.2)
    program = f"import subprocess; subprocess.run(['{PYTHON}', '-c', 'import time; time.sleep(5)'])"
    with pytest.raises(ValueError, match="longer than"):
        keys.from_command([PYTHON, "-c", program]).read()


def test_no_shell_reads_a_command(tmp_path: Path) -> None:
    """What would be a second command to a shell is an argument."""
    argv = keys.command_line(f"{PYTHON} -c \"print('{CANARY}')\" ; touch {tmp_path}/x")
    assert keys.from_command(argv).read().reveal() == CANARY
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("value", ["", "  ", "'open", [], [3], 5, True, [""]])
def test_what_is_no_command_says_what_was_expected(value: object) -> None:
    """Anything but words is refused."""
    with pytest.raises(ValueError, match="expected a command"):
        keys.command_line(value)


def broken(folder: Path) -> Callable[[str], keys.KeySource]:
    return lambda name: keys.from_credential(name, {"CREDENTIALS_DIRECTORY": str(folder)})


def test_a_credential_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """Missing, empty, and no unit at all."""
    (tmp_path / "empty").write_text("")
    for source, told in (
        (broken(tmp_path)("gone"), "gone cannot be read"),
        (broken(tmp_path)("empty"), "empty"),
        (keys.from_credential("x", {}), "no systemd unit"),
    ):
        with pytest.raises(ValueError, match=told):
            source.read()


# -- what login stores ----------------------------------------------------------------------------------------------


def test_a_stored_key_is_for_its_owners_eyes_only(tmp_path: Path) -> None:
    """Without a keyring the key is in a file of mode 0600, in a folder of mode 0700; storing again replaces it."""
    folder = tmp_path / "config"
    store_key("", ApiKey(key_named("old")), folder)
    where = store_key("", ApiKey(CANARY), folder)
    assert keys.from_store("", folder).read().reveal() == CANARY
    assert CANARY not in where
    [file] = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert forget_key("", folder)
    assert not forget_key("", folder)
    with pytest.raises(keys.KeyNotStored):
        keys.from_store("", folder).read()


class _Ring:
    """A keyring in memory, as the package `keyring` shows one."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, entry: str) -> str | None:
        return self.held.get((service, entry))

    def set_password(self, service: str, entry: str, password: str) -> None:
        self.held[service, entry] = password

    def delete_password(self, service: str, entry: str) -> None:
        del self.held[service, entry]


def test_a_keyring_holds_the_key_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then no file holds it, not even one from before there was a keyring."""
    store_key("", ApiKey(key_named("old")), tmp_path)
    ring = _Ring()
    monkeypatch.setitem(sys.modules, "keyring", ring)
    assert "keyring" in store_key("", ApiKey(CANARY), tmp_path)
    store_key("north", ApiKey(key_named("north")), tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert keys.from_store("", tmp_path).read().reveal() == CANARY
    assert keys.from_store("north", tmp_path).read().reveal() == key_named("north")
    assert forget_key("", tmp_path)
    assert list(ring.held.values()) == [key_named("north")]


def test_a_keyring_that_is_locked_or_broken_is_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key goes to the file, and is found there."""

    class Locked(_Ring):
        def get_password(self, service: str, entry: str) -> str | None:
            raise OSError("no session bus")

        set_password = get_password  # type: ignore[assignment]

    monkeypatch.setitem(sys.modules, "keyring", Locked())
    assert "system's keyring" not in store_key("", ApiKey(CANARY), tmp_path)
    assert key_store.read_stored_key("", tmp_path) == f"{CANARY}\n"
    assert forget_key("", tmp_path)
