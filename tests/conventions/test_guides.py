"""The guides of samples/guides: what they give to type is typed, what they name exists, what they promise is so."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from cli.harness import KEY, Program, Sandbox, Sandboxes

from batch.cli.examples import EXAMPLES
from batch.cli.help_page import entries
from batch.cli.main import app
from batch.codes import CODES

ROOT = Path(__file__).parents[2]
GUIDES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "samples" / "guides").glob("*.md"))}
SAMPLE_TEAM = ROOT / "samples" / "sandbox.json"


@cache
def options() -> set[str]:
    """Every option of every command, as it is typed."""
    pages = [entries(app[name]) for name in app if not name.startswith("-")]
    return set(re.findall(r"--[a-z-]+", json.dumps(pages)))


def blocks(guide: str, kind: str) -> list[str]:
    """The blocks of `kind` in a guide."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", GUIDES[guide], re.MULTILINE | re.DOTALL)


def test_the_readme_names_every_guide() -> None:
    """Each guide is in the table of the README, and no other is."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"samples/guides/([\w-]+)\.md", readme)) == set(GUIDES)


#: Options that stand in no table: every command takes them, or a code names them before its command is there.
_SYNONYMS = {"--help", "--language", "--version", "--dry-run", "--replan", "--detailed-exit-code"}


@pytest.mark.parametrize("guide", GUIDES)
def test_what_a_guide_names_exists(guide: str) -> None:
    """Every option, command, code and link in a guide is there."""
    text = GUIDES[guide]
    wrong = {
        option for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", text) if option not in {*options(), *_SYNONYMS}
    }
    assert wrong == set()
    for command in re.findall(r"guayaba-batch ([a-z-]+)(?= |`|$)", text):
        assert command in EXAMPLES
    for code in re.findall(r"\(`(\w+_\w+)`\)", text):
        assert code in CODES
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (ROOT / "samples" / "guides" / link).exists()
    for block in blocks(guide, "toml"):
        tomllib.loads(block)


@pytest.mark.parametrize("guide", GUIDES)
def test_what_a_guide_gives_to_type_can_be_typed(guide: str) -> None:
    """Every command of a guide is one, with options and choices that exist."""
    for block in blocks(guide, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            for part in line.split("|"):
                words = shlex.split(part)
                if words[:1] == ["guayaba-batch"]:
                    app.parse_args(words[1:], print_error=False, exit_on_error=False)


def test_the_job_of_the_guide_works_as_written(program: Program, sandboxes: Sandboxes) -> None:
    """config show, a run that keeps its job, and the job on the next export."""
    server = sandboxes(seed=SAMPLE_TEAM)
    for name in ("contacts.csv", "next-week.csv"):
        shutil.copy(ROOT / "samples" / "contacts.csv", program.folder / name)
    env = {"GUAYABA_BASE_URL": server.url, "GUAYABA_RATE": "60000/min"}
    codes = []
    for line in "".join(blocks("key-and-settings", "sh")).splitlines():
        words = shlex.split(line)[1:]
        ended = program(*words, *(["--yes"] if words[0] in ("update", "run") else []), env=env)
        codes.append(ended.code)
        assert KEY not in ended.out + ended.err
    assert codes == [0, 0, 3, 3]


def test_the_python_of_the_guide_works_as_written(sandboxes: Sandboxes, tmp_path: Path) -> None:
    """The example runs against a sandbox: a frame in, progress, the failures mended and run again."""
    block, _ = blocks("python", "python")
    script = block.replace("http://127.0.0.1:8787", sandboxes(seed=SAMPLE_TEAM).url)
    env = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 of 2" in done.stdout
    assert re.search(r"\(305\) 555-0101 ┆ 9\s+┆ succeeded", done.stdout)


def test_the_plan_of_the_guide_works_as_written(sandboxes: Sandboxes, tmp_path: Path) -> None:
    """The second example: a plan, its frame without a row that somebody left out, and its apply."""
    _, block = blocks("python", "python")
    server = sandboxes(seed=SAMPLE_TEAM)
    setup = blocks("python", "python")[0].split("def show")[0].replace("http://127.0.0.1:8787", server.url)
    env = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", setup + block], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 of 2 rows make a call" in done.stdout
    assert len(server.writes()) == 1


def answer(server: Sandbox, path: str, headers: dict[str, str], method: str = "GET") -> int:
    """The status of a request without a body."""
    try:
        with urlopen(Request(server.url + path, headers=headers, method=method)) as told:
            return int(told.status)
    except HTTPError as refused:
        return refused.code


def _seen_by(server: Sandbox, key: str) -> object:
    with urlopen(Request(f"{server.url}/contacts", headers={"X-API-Key": key})) as told:
        return json.load(told)["contacts"]


def _created(server: Sandbox, **fields: object) -> dict[str, object]:
    """What POST /contacts answers."""
    headers = {"X-API-Key": KEY, "Content-Type": "application/json"}
    with urlopen(Request(f"{server.url}/contacts", json.dumps(fields).encode(), headers)) as told:
        created: dict[str, object] = json.load(told)["data"]
    return created


def _in_one_campaign(server: Sandbox) -> bool:
    with urlopen(Request(f"{server.url}/campaigns", headers={"X-API-Key": KEY})) as told:
        one, two = [campaign["id"] for campaign in json.load(told)["data"]][:2]
    for campaign in (one, two):
        _created(server, phoneNumber="+12125550188", campaignId=campaign)
    contact = server.contact("+12125550188")
    return contact is not None and [campaign["id"] for campaign in contact["campaigns"]] == [two]


def _any_splitter(server: Sandbox) -> bool:
    splitter = "00000000-0000-4000-8000-000000000000"
    return bool(_created(server, phoneNumber="+12125550189", splitterId=splitter)["campaignId"])


def _flat_fields_pass(server: Sandbox) -> bool:
    created = _created(server, phoneNumber="+12125550187", campaignId=server.campaign(), company="Acme")
    return created["customVariables"] == {}


def _one_log(server: Sandbox) -> bool:
    server.create("+12125550186")
    return {entry["name"] for entry in server.log("actions")} == {"contacts-actions-by-api"}


def _refuses_tls(server: Sandbox) -> bool:
    try:
        urlopen(server.url.replace("http://", "https://"))
    except URLError:
        return True
    return False


def _nothing_carried_out(server: Sandbox) -> bool:
    server.update("+12125550100", "paused")
    server.update("+12125550100", "active")
    with urlopen(f"{server.url}/_sandbox/schedule") as told:
        planned = json.load(told)["schedule"]
    return bool(planned) and not [entry for entry in planned if "carried" in str(entry) or "sent" in entry]


#: What shows that a row of the table is so; `None`: nothing could be asked.
SHOWN: dict[str, Callable[[Sandbox], bool] | None] = {
    "outreach": _nothing_carried_out,
    "people": None,
    "several teams": lambda server: _seen_by(server, "gua_one00000_a") == _seen_by(server, "gua_two00000_b"),
    "key management": lambda server: (
        answer(server, "/contacts", {"X-API-Key": "gua_whoever0_x"}) == 200
        and answer(server, "/contacts", {"X-API-Key": "another"}) == 401
        and answer(server, "/contacts", {"X-API-Key": "gua_revoked0_x"}) == 401
    ),
    "JWT sign-in": lambda server: answer(server, "/contacts", {"Authorization": "Bearer a.b.c"}) == 401,
    "the dashboard": lambda server: answer(server, "/", {"X-API-Key": KEY}) == 404,
    "the whole API": lambda server: answer(server, "/splitters", {"X-API-Key": KEY}) == 404,
    "deleting a contact": lambda server: (
        answer(server, "/contacts/d290f1ee-6c54-4b01-90e6-d701748f0851", {"X-API-Key": KEY}, "DELETE") == 405
    ),
    "contacts in several campaigns": _in_one_campaign,
    "splitters": _any_splitter,
    "in-app actions and statistics": _one_log,
    "message templates": None,
    "Zapier": _flat_fields_pass,
    "TLS": _refuses_tls,
    "the speed of the real API": None,
    "the failures of the real API": None,
}


def test_the_table_of_what_is_not_simulated_is_complete(sandboxes: Sandboxes) -> None:
    """Each row of it has something that shows it, and what is asked of the sandbox shows it."""
    listed = GUIDES["sandbox"].split("| not simulated |")[1].split("\n\n")[0].splitlines()[2:]
    assert [line.split("|")[1].strip() for line in listed] == list(SHOWN)
    server = sandboxes(seed=SAMPLE_TEAM)
    assert [name for name, holds in SHOWN.items() if holds is not None and not holds(server)] == []
