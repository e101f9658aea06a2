"""What a run is bound to: its address and its keys.

Owns: a command that names a run goes to the address of that run with its keys, or is refused.

A run folder may come from another person, who may have written any address into it: a key is not sent there only
because its fingerprint is beside the address, since every summary shows the fingerprint. The key's seal on the address
proves that the key was used with it.
"""

from __future__ import annotations

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
    if settings.base_url is not None and settings.base_url != plan.base_url:
        raise InputRefused(
            tr(
                "{name} was made against {base_url}, not {base_url_2}. Nothing was sent.",
                name=name,
                base_url=plan.base_url,
                base_url_2=settings.base_url,
            ),
            tip=tr("leave --base-url (and GUAYABA_BASE_URL) out: this goes where its run went."),
        )
    require_trust(plan, settings)
    settings = replace(settings, base_url=plan.base_url)
    require_same_keys(plan, settings)
    return settings


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
        tip=tr("if the run is yours and the address is right, say it: --base-url ADDRESS."),
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
    wrong = {
        lane.account: (plan.keys[lane.account], lane.key.fingerprint)
        for lane in settings.lanes(plan.accounts)
        if lane.key.fingerprint != plan.keys[lane.account]
    }
    if wrong:
        keys = [
            tr(
                "{part} {then}, and this is the key {now}",
                part=tr("the key of {account}", account=account) if account else tr("the key"),
                then=then,
                now=now,
            )
            for account, (then, now) in sorted(wrong.items())
        ]
        raise InputRefused(
            tr("{run} was made with {keys}. Nothing was sent.", run=plan.run, keys="; ".join(keys)),
            tip=tr("use the key of that run; if this one belongs to the same team, say so with --accept-key."),
        )
