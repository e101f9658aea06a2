"""Broken variants of the program, each with the tests that must find it out: `python tests/faults/mutants.py [WORDS]`.

Owns: the list of variants, and running one. A variant is a copy of `batch/` in which one passage stands otherwise.
Does not own: variants that the tests of a part make for themselves (`faults/storage/one_thread.py`, `tests/fuzz`).

Without words all are run (about ten minutes); with words, those whose name holds one of them. Exit code 1 where a
variant was not found out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Mutant(NamedTuple):
    """In `file` below `batch/`, `text` becomes `instead`; the tests that `tests` select (arguments of pytest) fail."""

    name: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]


MUTANTS = (
    Mutant(
        "redirects are followed, and the key with them", "guayaba/client.py",
        "said = _read_headers(response.headers)\n",
        "said = _read_headers(response.headers)\n"
        "        if to := said.get('location'):\n"
        "            import httpx\n"
        "            async with httpx.AsyncClient() as other:\n"
        "                await other.get(to, headers=self._headers.pairs)\n",
        ("tests/faults/test_wire.py", "-k", "host"),
    ),
    Mutant(
        "any certificate will do", "guayaba/client.py",
        "ssl.create_default_context(cafile=file or certifi.where())", "ssl._create_unverified_context()",
        ("tests/faults/test_hosts.py",),
    ),
    Mutant(
        "the time of an attempt has no bound", "guayaba/client.py",
        "self._now() + self.timeout", "self._now() + self.timeout * 100",
        ("tests/faults/test_wire.py", "-k", "drips"),
    ),
    Mutant(
        "errors name the key", "guayaba/client.py",
        "failure=Failure.NO_ANSWER, detail=fault_text(fault)",
        "failure=Failure.NO_ANSWER, detail=fault_text(fault) + repr(self._headers(b''))",
        ("tests/faults/test_wire.py", "-k", "key"),
    ),
    Mutant(
        "a 200 is a success, whatever it says", "guayaba/verdict.py",
        'return _in_doubt(tr("HTTP {status} without the documented JSON", status=exchange.status))',
        'return Verdict(ResponseClass.SUCCEEDED, "confirmed", "")',
        ("tests/faults/test_wire.py", "-k", "login or wrong or UTF"),
    ),
    Mutant(
        "an answer about somebody else is believed", "guayaba/verdict.py",
        "asked.lower() != shown.lower()", "False",
        ("tests/faults/test_wire.py", "-k", "somebody"),
    ),
    Mutant(
        "the server's words are shown as they are", "guayaba/verdict.py",
        '"".join(c if c.isprintable() else " " for c in text)', "text",
        ("tests/faults/test_wire.py", "-k", "control"),
    ),
    Mutant(
        "what may have arrived is sent again", "dispatcher/row_states.py",
        "_on(Event.RESPONSE_IN_DOUBT, State.IN_DOUBT, step=Step.READ)",
        "_on(Event.RESPONSE_IN_DOUBT, State.QUEUED, step=Step.SEND)",
        ("tests/faults/test_wire.py", "-k", "after"),
    ),
    Mutant(
        "a pause of no length after a 429", "dispatcher/pacing/refusal_pause.py",
        "self.prolong(now + wait)", "self.prolong(now)",
        ("tests/unit/dispatcher/pacing/test_bucket.py", "tests/unit/dispatcher/test_engine.py"),
    ),
    Mutant(
        "phone numbers are shown whole", "text/masking.py",
        'return f"{plus}{digits[:4]}{_HIDDEN}{digits[-4:]}"', "return phone",
        ("tests/faults/test_wire.py", "-k", "masked"),
    ),
    Mutant(
        "a token comes back a little early", "dispatcher/pacing/bucket.py",
        "heappush(self._returning, now + self.window)", "heappush(self._returning, now + self.window * 0.6)",
        ("tests/unit/dispatcher/pacing/test_bucket.py",),  # in a run, the quota that processes share holds it back
    ),
    Mutant(
        "what was learned of a limit is not kept to", "dispatcher/pacing/bucket.py",
        "return self.known.burst\n", "return 0\n",
        ("tests/unit/dispatcher/pacing/test_limiters.py",),
    ),
    Mutant(
        "users of a store keep to a learned rate each for itself", "dispatcher/pacing/learner.py",
        "limit = self.suspected or self._limit.learned\n", "limit = None\n",
        ("tests/unit/dispatcher/quota_stores/test_shared_rate.py", "-k", "rate"),
    ),
    Mutant(
        "the headers of another limiter are believed after a refusal", "dispatcher/pacing/known_limit.py",
        "if remaining != 0 and", "if False and",
        ("tests/unit/dispatcher/pacing/test_odd_limiters.py",),
    ),
    Mutant(
        "a ban is asked again and again at the same distance", "dispatcher/pacing/episode.py",
        "return window * 2.0 ** min(self.windows - 1, _LONGEST_BAN)", "return window",
        ("tests/unit/dispatcher/pacing/test_odd_limiters.py",),
    ),
    Mutant(
        "the machine's budget goes by the time of day", "dispatcher/clock.py",
        "return time.clock_gettime(_BOOT_CLOCK)", "return time.time()",
        ("tests/faults/test_unreliable.py", "-k", "clock"),
    ),
    Mutant(
        "what was read before the machine slept is believed", "dispatcher/workers.py",
        "return self._lane.slept() - slept >= ASLEEP_S", "return False",
        ("tests/integration/test_dispatch_flow.py", "-k", "slept"),
    ),
    Mutant(
        "a run folder says where the key goes", "runs/binding.py",
        "if access.base_url == plan.base_url or (", "if True or (",
        ("tests/unit/runs/test_binding.py",),
    ),
    Mutant(
        "a contact that the run had stopped stays so after a lost undo", "runs/undo/guard.py",
        "if read.result is ReadResult.STOPPED else read", "if read is None else read",
        ("tests/cli/test_undo.py", "-k", "lost"),
    ),
    Mutant(
        "a name that is not found is a row's own fault", "guayaba/verdict.py",
        'return Verdict(ResponseClass.UNREACHABLE, "outage"', 'return Verdict(ResponseClass.REJECTED, "refused"',
        ("tests/faults/test_unreliable.py", "-k", "names"),
    ),
    Mutant(
        "files are as open as the umask lets them be", "journal/file.py",
        "draft.touch(mode=0o600)", "draft.touch()",
        ("tests/faults/test_machine.py", "-k", "umask or user"),
    ),
    Mutant(
        "links are followed", "runs/folder/lock.py",
        "os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW", "os.O_RDWR | os.O_CREAT",
        ("tests/faults/test_machine.py", "-k", "link"),
    ),
    Mutant(
        "a closed stream stays closed", "cli/console.py",
        "if getattr(sys, name) is None:", "if False:",
        ("tests/faults/test_machine.py", "-k", "streams"),
    ),
    Mutant(
        "the page shows markup", "reporter/page_template.py",
        "autoescape=True", "autoescape=False",
        ("tests/faults/test_files.py", "-k", "script"),
    ),
    Mutant(
        "formulas stay formulas", "reporter/delimited.py",
        """pl.lit("'")""", """pl.lit("")""",
        ("tests/faults/test_files.py", "-k", "script"),
    ),
    Mutant(
        "a part of a workbook may unpack to any size", "loader/sources/workbooks/workbook_check.py",
        "part.file_size > RATIO_LIMIT", "False and RATIO_LIMIT",
        ("tests/faults/test_files.py", "-k", "zip"),
    ),
    Mutant(
        "what another run has still to write is sent all the same", "journal/contested.py",
        "r.outcome IS NULL AND EXISTS (", "0 AND EXISTS (",
        ("tests/faults/storage/test_two_at_once.py", "-k", "shared"),
    ),
    Mutant(
        "http to any host", "settings/base_url.py",
        'not is_loopback(text):\n        raise ValueError(\n            tr("http:// would send the API key',
        'not text:\n        raise ValueError(\n            tr("http:// would send the API key',
        ("tests/faults/test_hosts.py", "-k", "plain"),
    ),
)  # fmt: skip


def survives(mutant: Mutant) -> bool:
    """True where the tests that should find `mutant` out pass with it."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "batch", Path(folder, "batch"), ignore=shutil.ignore_patterns("__pycache__"))
        broken = Path(folder, "batch", mutant.file)
        broken.write_text(broken.read_text(encoding="utf-8").replace(mutant.text, mutant.instead), encoding="utf-8")
        ran = subprocess.run(
            [sys.executable, "-P", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutant.tests],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": folder}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if ran.returncode not in (0, 1):
        raise RuntimeError(f"{mutant.name}: the tests did not run: {ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    return ran.returncode == 0


def main(words: list[str]) -> int:
    """Exit code 0 where each was found out."""
    chosen = [mutant for mutant in MUTANTS if not words or any(word in mutant.name for word in words)]
    left = 0
    for mutant in chosen:
        survived = survives(mutant)
        left += survived
        sys.stdout.write(f"{'SURVIVED ' if survived else 'found out'}  {mutant.name} ({' '.join(mutant.tests)})\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(chosen)} broken variants, {left} not found out\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
