"""The approval of a plan by a second person, in a file beside the plan.

Owns: what an approval says, how it is signed, and which approvals `apply` accepts.

There are two kinds, by what NAME is:

- an account of the settings: the approval is signed by the key of that account (HMAC), which must not be a key of the
  plan. It shows that its writer had that key. It does not protect against a person who has both keys.
- a user of this machine: the file must belong to that user, who must not be the one who applies, and no other user may
  be able to write it. The kernel lets no user but root make a file that belongs to another, so this protects against
  everybody but root, on a local disk.

Both say which rows were approved: another plan, a row that was added, and a row that the approver left out are refused.
"""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Mapping
from pathlib import Path
from time import time
from typing import Final, NamedTuple

import msgspec

from batch.errors import InputRefused, SettingsError
from batch.loader import Frame
from batch.loader.plans.read import check_plan, content_digest, open_plan
from batch.loader.plans.sealed import PlanFacts, same_seal
from batch.runs.spec import ApplyRun
from batch.settings.accounts import Account
from batch.settings.api_key import ApiKey
from batch.text.atomic_file import atomic_file
from batch.text.language import tr
from batch.text.listing import pretty_json
from batch.text.utc import iso_utc

_LONGEST: Final = 65_536
ACCOUNT, USER = "account", "user"


class Approval(msgspec.Struct, frozen=True):
    """One approval. `at`: ISO 8601, UTC."""

    plan: str
    #: What was approved (`content_digest`).
    digest: str
    name: str
    #: `account` or `user`.
    kind: str
    at: str
    #: Of the key that signed it; empty for a user.
    key_fingerprint: str = ""
    signature: str = ""

    def who(self) -> str:
        """Who approved, for reports."""
        return f"{self.name} (key {self.key_fingerprint})" if self.kind == ACCOUNT else f"{self.name} (user)"

    def signed_text(self) -> str:
        return "\n".join(("guayaba-batch approval", self.plan, self.digest, self.name, self.at))


def approval_path(plan: Path, name: str) -> Path:
    """Where the approval of `name` is kept: beside the plan."""
    return plan.with_name(f"{plan.name}.{name.replace('/', '_')}.approval")


class Signed(NamedTuple):
    """An approval that was written to `path`, of so many rows and calls."""

    approval: Approval
    path: Path
    rows: int
    calls: int


def approve(plan: Path, name: str, accounts: Mapping[str, Account]) -> Signed:
    """The approval of `name`, written beside `plan`: of the rows that are in it and not marked skip.

    Raises InputRefused where a cell of the plan is not what would be done, SettingsError where `name` is neither an
    account nor the user of this process.
    """
    opened = open_plan(plan)
    rows = check_plan(opened, None).rows
    facts = opened.facts
    draft = Approval(facts.name, content_digest(opened), name, USER, iso_utc(time()))
    if name in accounts:
        key = _account_key(name, accounts)
        if key.fingerprint in facts.keys.values():
            raise SettingsError(
                tr("--as {name}: this is the key that made the plan. An approval needs another key.", name=name),
                tip=tr("give the name of an account with another key, or the name of a user of this machine."),
            )
        draft = msgspec.structs.replace(draft, kind=ACCOUNT, key_fingerprint=key.fingerprint)
        draft = msgspec.structs.replace(draft, signature=key.seal(draft.signed_text()))
    elif name != user_name():
        raise SettingsError(
            tr(
                "--as {name}: expected an account of the settings, or the user of this process ({user}).",
                name=name,
                user=user_name(),
            )
        )
    path = approval_path(plan, name)
    with atomic_file(path, mode=0o644) as sink:  # the user who applies the plan reads it; it contains no contact
        sink.write(pretty_json(draft).encode() + b"\n")
    return Signed(draft, path, len(rows), sum(row.outcome is None for row in rows))


def user_name() -> str:
    """The name of the user of this process."""
    return _user_name(os.geteuid())


def require_approvals(spec: ApplyRun, digest: str, facts: PlanFacts) -> list[Approval]:
    """The approvals of `spec.approvers`, in their order.

    Raises InputRefused, with every problem, where one is missing, is of other rows, or is not signed by another key or
    user; SettingsError where the plan is a frame, which no file can be beside.
    """
    if not spec.approvers:
        return []
    if isinstance(spec.plan, Frame):
        raise SettingsError(tr("an approval is a file beside the plan, and this plan is a frame. Nothing was sent."))
    found, problems = [], []
    for name in dict.fromkeys(spec.approvers):
        try:
            found.append(_read_approval(Path(spec.plan), name, spec.settings.access.accounts, digest, facts))
        except ValueError as fault:
            problems.append(f"{name}: {fault}")
    if problems:
        raise InputRefused(
            tr("{plan} is not approved by everybody who must approve it. Nothing was sent.", plan=spec.plan),
            problems=tuple(problems),
            tip=tr("each of them gives: guayaba-batch approve {plan} --as NAME", plan=spec.plan),
        )
    return found


def _read_approval(plan: Path, name: str, accounts: Mapping[str, Account], digest: str, facts: PlanFacts) -> Approval:
    """The approval of `name`. Raises ValueError."""
    path = approval_path(plan, name)
    text, owner = _read_private(path)
    try:
        approval = msgspec.json.decode(text, type=Approval)
    except msgspec.MsgspecError as fault:
        raise ValueError(tr("{name} cannot be read: {why}", name=path.name, why=fault)) from None
    if approval.name != name:
        raise ValueError(tr("{file} is an approval of {name}", file=path.name, name=approval.name))
    if approval.plan != facts.name:
        raise ValueError(tr("{file} approves another plan ({plan})", file=path.name, plan=approval.plan))
    if approval.digest != digest:
        raise ValueError(tr("the rows of the plan are not those that were approved {at}", at=f"{approval.at[:16]}Z"))
    if name in accounts:
        _require_other_key(approval, name, accounts, facts)
        return approval
    if approval.kind != USER:
        raise ValueError(tr("it is signed by an account that is not in the settings"))
    _require_other_user(path, name, owner)
    return approval


def _require_other_key(approval: Approval, name: str, accounts: Mapping[str, Account], facts: PlanFacts) -> None:
    key = _account_key(name, accounts)
    if key.fingerprint in facts.keys.values():
        raise ValueError(tr("its key is the key of the plan; an approval needs another"))
    if approval.kind != ACCOUNT or not same_seal(approval.signature, key.seal(approval.signed_text())):
        raise ValueError(tr("the signature is not of its key"))


def _require_other_user(path: Path, name: str, owner: os.stat_result) -> None:
    try:
        uid = pwd.getpwnam(name).pw_uid
    except KeyError:
        raise ValueError(tr("there is no account and no user of this name")) from None
    if owner.st_uid != uid:
        raise ValueError(tr("{file} belongs to {user}", file=path.name, user=_user_name(owner.st_uid)))
    if uid == os.geteuid():
        raise ValueError(tr("this is the user who applies the plan; an approval needs another"))
    if owner.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ValueError(
            tr("others may write {file} (mode {mode:04o})", file=path.name, mode=stat.S_IMODE(owner.st_mode))
        )


def _read_private(path: Path) -> tuple[bytes, os.stat_result]:
    """The bytes of `path`, and whose it is; of one open file, so that it cannot be exchanged between. Raises
    ValueError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise ValueError(tr("there is no {file} beside the plan", file=path.name)) from None
    except OSError as fault:
        raise ValueError(tr("{name} cannot be read: {why}", name=path.name, why=fault.strerror)) from None
    try:
        owner = os.fstat(descriptor)
        if not stat.S_ISREG(owner.st_mode) or owner.st_size > _LONGEST:
            raise ValueError(tr("{file} is not an approval", file=path.name))
        return os.read(descriptor, _LONGEST), owner
    finally:
        os.close(descriptor)


def _account_key(name: str, accounts: Mapping[str, Account]) -> ApiKey:
    try:
        return accounts[name].key()
    except ValueError as fault:
        raise SettingsError(tr("[accounts.{name}]: {why}. Nothing was sent.", name=name, why=fault)) from None


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
