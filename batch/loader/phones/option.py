"""A phone number that is typed as an option, in any spelling.

Owns: the refusal of one that cannot be read.
"""

from __future__ import annotations

from batch.codes import tip
from batch.errors import SettingsError
from batch.loader.cells.regions import region_option
from batch.loader.phones import Rules, judge
from batch.text.language import tr


def phone_option(text: str, region: str | None) -> str:
    """The number in E.164; `region` is a country's code or name. Raises SettingsError where `text` is no one number."""
    phone = judge(text, region_option(region), Rules())
    if phone.e164 is None:
        raise SettingsError(
            tr("--phone is not a phone number that can be looked up: ")
            + (phone.message or phone.code).rstrip(".")
            + ".",
            tip=tr(
                "{code} For example --phone +12025550100, or --phone 202-555-0100 --region US.", code=tip(phone.code)
            ),
        )
    return phone.e164
