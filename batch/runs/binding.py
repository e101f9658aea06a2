"""What a run is bound to: its address and its keys.

Owns: a command that names a run goes to the address of that run with its keys, or is refused.

A run folder may come from another person, who may have written any address into it: a key is not sent there only
because its fingerprint is beside the address, since every summary shows the fingerprint. The key's seal on the address
proves that the key was used with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from batch.errors import InputRefused, SettingsError
from batch.model import RunPlan
from batch.runs.folder.run_folder import OpenRun
from batch.settings.access import Access
from batch.settings.base_url import DEFAULT_BASE_URL, base_url, is_loopback
from batch.text.language import tr


def require_plan(opened: OpenRun, access: Access) -> RunPlan:
    """The plan of the run, to whose address the keys of `access` may go.

    Raises SettingsError where the run was never planned, InputRefused where `access` names another address, or keys
    that are not its own.
    """
    plan = opened.journal.plan()
    if plan is None:
        raise SettingsError(
            tr("{folder} holds no plan: that run stopped before anything was sent.", folder=opened.folder)
        )
    require_access(plan, access, opened.folder.name)
    return plan


def require_access(plan: RunPlan, access: Access, name: str) -> None:
    """Raise InputRefused where `access` names another address than `plan`, whose run (or a report of it) is called
    `name`, or keys that are not its own."""
    tip = tr("remove --base-url (and GUAYABA_BASE_URL): the address of the run is used.")
    require_address(plan.base_url, access, name, tip)
    require_trust(plan, access)
    require_same_keys(plan, access)


def require_address(address: str, access: Access, name: str, tip: str) -> None:
    """Raise InputRefused, with the `tip`, where `access` names another address than the one that `name` was made
    against."""
    if access.base_url is not None and access.base_url != address:
        raise InputRefused(
            tr(
                "{name} was made against {base_url}, not {base_url_2}. Nothing was sent.",
                name=name,
                base_url=address,
                base_url_2=access.base_url,
            ),
            tip=tip,
        )


def other_keys(keys: Mapping[str, str], access: Access) -> dict[str, str]:
    """The fingerprints of the keys of `access`, by account, that are not those of `keys`. Raises SettingsError where
    an account has no key."""
    lanes = access.lanes([account for account in keys if account])
    return {lane.account: lane.key.fingerprint for lane in lanes if lane.key.fingerprint != keys[lane.account]}


def require_trust(plan: RunPlan, access: Access) -> None:
    """Raise InputRefused where nothing shows that the keys of `access` are for the address of `plan`: `access` does
    not name it, it is not the API's own or this machine's, and the keys have no seal on it."""
    if access.base_url == plan.base_url or (_may_take_a_key(plan.base_url) and _known_fingerprints(plan, access)):
        return
    raise InputRefused(
        tr(
            "{run} says that it was made against {base_url}, and nothing shows that this key is for that "
            "address. Nothing was sent.",
            run=plan.run,
            base_url=plan.base_url,
        ),
        tip=tr("if the run is yours and the address is right, add --base-url ADDRESS."),
    )


def _may_take_a_key(address: str) -> bool:
    try:
        return base_url(address) == address
    except ValueError:
        return False


def _known_fingerprints(plan: RunPlan, access: Access) -> bool:
    return (
        plan.base_url == DEFAULT_BASE_URL
        or is_loopback(plan.base_url)
        or all(plan.seals.get(lane.account) == lane.key.seal(plan.base_url) for lane in access.lanes(plan.accounts))
    )


def require_same_keys(plan: RunPlan, access: Access) -> None:
    """Raise InputRefused where the keys are not those of `plan`, SettingsError where one of its accounts has none."""
    if access.accept_key:
        return
    if wrong := other_keys(plan.keys, access):
        keys = [
            tr(
                "{part} {then}, and this is the key {now}",
                part=tr("the key of {account}", account=account) if account else tr("the key"),
                then=plan.keys[account],
                now=now,
            )
            for account, now in sorted(wrong.items())
        ]
        raise InputRefused(
            tr("{run} was made with {keys}. Nothing was sent.", run=plan.run, keys="; ".join(keys)),
            tip=tr("use the key of that run. If this key belongs to the same team, add --accept-key."),
        )
