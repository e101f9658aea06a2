"""What a run is bound to: its address and its keys.

Owns: a command that names a run goes to the address of that run with its keys, or is refused.

A run folder may come from another person, who may have written any address into it: a key is not sent there only
because its fingerprint is beside the address, since every summary shows the fingerprint. The key's seal on the address
proves that the key was used with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from batch.errors import InputRefused, SettingsError
from batch.model import RunPlan
from batch.runs.folder.run_folder import OpenRun
from batch.settings.base_url import DEFAULT_BASE_URL, base_url, is_loopback
from batch.settings.settings import Settings
from batch.text.language import tr


def bind(opened: OpenRun, settings: Settings) -> tuple[RunPlan, Settings]:
    """The plan of the run, and `settings` with its address.

    Raises SettingsError where the run was never planned, InputRefused where `settings` name another address, or keys
    that are not its own.
    """
    plan = opened.journal.plan()
    if plan is None:
        raise SettingsError(
            tr("{folder} holds no plan: that run stopped before anything was sent.", folder=opened.folder)
        )
    return plan, bind_settings(plan, settings, opened.folder.name)


def bind_settings(plan: RunPlan, settings: Settings, name: str) -> Settings:
    """`settings` with the address of `plan`, whose run (or a report of it) is called `name`. Raises InputRefused where
    they name another address, or keys that are not its own."""
    tip = tr("remove --base-url (and GUAYABA_BASE_URL): the address of the run is used.")
    bound = bind_address(plan.base_url, settings, name, tip)
    require_trust(plan, settings)
    require_same_keys(plan, bound)
    return bound


def bind_address(address: str, settings: Settings, name: str, tip: str) -> Settings:
    """`settings` with the `address` that `name` was made against. Raises InputRefused, with the `tip`, where they name
    another."""
    if settings.base_url is not None and settings.base_url != address:
        raise InputRefused(
            tr(
                "{name} was made against {base_url}, not {base_url_2}. Nothing was sent.",
                name=name,
                base_url=address,
                base_url_2=settings.base_url,
            ),
            tip=tip,
        )
    return replace(settings, base_url=address)


def other_keys(keys: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """The fingerprints of the keys of `settings`, by account, that are not those of `keys`. Raises SettingsError where
    an account has no key."""
    lanes = settings.lanes([account for account in keys if account])
    return {lane.account: lane.key.fingerprint for lane in lanes if lane.key.fingerprint != keys[lane.account]}


def require_trust(plan: RunPlan, settings: Settings) -> None:
    """Raise InputRefused where nothing shows that the keys of `settings` are for the address of `plan`: `settings` does
    not name it, it is not the API's own or this machine's, and the keys have no seal on it."""
    if settings.base_url == plan.base_url or (_may_take_a_key(plan.base_url) and _known_fingerprints(plan, settings)):
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


def _known_fingerprints(plan: RunPlan, settings: Settings) -> bool:
    return (
        plan.base_url == DEFAULT_BASE_URL
        or is_loopback(plan.base_url)
        or all(plan.seals.get(lane.account) == lane.key.seal(plan.base_url) for lane in settings.lanes(plan.accounts))
    )


def require_same_keys(plan: RunPlan, settings: Settings) -> None:
    """Raise InputRefused where the keys are not those of `plan`, SettingsError where one of its accounts has none."""
    if settings.accept_key:
        return
    if wrong := other_keys(plan.keys, settings):
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
