"""The result of a verification as JSON, and the commands that the user may type next.

Owns: the fields of `verify --json` and of the proof file, version 1. Phone numbers are masked.
"""

from __future__ import annotations

import shlex

import msgspec

from batch.model import RunKind, iso_utc
from batch.runs.verify.result import VerifyResult
from batch.text.masking import mask_within


def next_commands(proof: VerifyResult) -> dict[str, str]:
    """What the user may type next, by name."""
    options = [] if str(proof.out) == "reports" else ["--out", str(proof.out)]
    if proof.stopped_for is not None:
        return {"verify": shlex.join(["guayaba-batch", "verify", str(proof.folder), *options])}
    if "rows" in proof.files and proof.exit_code and proof.plan.kind is not RunKind.UNDO:
        return {"rerun": shlex.join(["guayaba-batch", "rerun", str(proof.files["rows"]), *options])}
    return {}


def proof_json(proof: VerifyResult) -> str:
    """The result as JSON, version 1."""
    fields = {
        "version": 1,
        "run": proof.plan.run,
        "operation": proof.plan.operation,
        "base_url": proof.plan.base_url,
        "key_fingerprint": proof.plan.key_fingerprint,
        "accounts": dict(proof.plan.accounts),
        "sha256": proof.plan.source.sha256,
        "rows": proof.rows,
        "counts": {standing.value: count for standing, count in proof.counts.items()},
        "differences": dict(proof.kinds),
        "dnc_not_in_place": proof.dnc_missing,
        "dnc_not_in_place_rows": [
            {"row": number, "contact": mask_within(contact), "standing": standing.value}
            for number, contact, standing in proof.dnc
        ],
        "all_as_asked": proof.exit_code == 0,
        "stopped_for": proof.stopped_for,
        "reads": proof.reads,
        "read_from": iso_utc(proof.since),
        "read_until": iso_utc(proof.until),
        "files": {name: path.name for name, path in proof.files.items()},
        "commands": next_commands(proof),
        "exit_code": int(proof.exit_code),
    }
    return msgspec.json.format(msgspec.json.encode(fields), indent=2).decode()
