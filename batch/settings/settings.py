"""Settings: the table of everything that a user may set for a run.

Owns: the table (`SETTINGS`), and `Settings`, its values. `gather.gather_settings` finds the values,
`slices.py` has what each stage needs of them.
To add a setting, add one field with `setting(...)` to `Settings`: see `setting.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time as clock_time
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from batch.errors import SettingsError
from batch.model import WRITES, Rate
from batch.settings import values
from batch.settings.access import Access
from batch.settings.accounts import Account, require_accounts
from batch.settings.api_key import ApiKey
from batch.settings.base_url import base_url, notice_url, require_base_url
from batch.settings.defaults import ATTEMPTS, GIVE_UP_AFTER_S, OUT, WORKERS
from batch.settings.keys import KeySource
from batch.settings.quota_store import StoreAddress, read_password, store_address
from batch.settings.setting import Setting, build_table, choice, parse_texts, setting
from batch.settings.slices import (
    Connection,
    Dispatch,
    EffectLimits,
    Guards,
    Limits,
    Output,
    ReportFiles,
    RunSettings,
    Verification,
)
from batch.text.language import tr


class Origin(NamedTuple):
    """A setting as it was written, and where: `--rate`, `GUAYABA_RATE`, `/path/guayaba-batch.toml: rate`."""

    text: str
    place: str


_Slice = TypeVar("_Slice")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is done; not what is asked, and not of which input. Durations are seconds; text is read as in a
    settings file (`rate="30/min"`).

    Raises SettingsError for such text, and for a base URL that would send the key unencrypted.
    """

    base_url: str | None = setting(
        None, base_url, "The address of the API.", "URL", default_words="https://api.guayaba.ai"
    )
    #: The API key; None where no stage needs it.
    key: ApiKey | None = None
    account: str | None = setting(
        None, values.plain_text, "Use the key of this [accounts.NAME] table of the settings for every row.", "ACCOUNT"
    )
    #: None: the limit that the API reports is followed.
    rate: Rate | None = setting(
        None, values.rate, "Maximum number of writes, for example 30/min.", "RATE", default_words="the API's limit"
    )
    #: The part of the quota that is used: above 0, at most 1.
    share: float = setting(
        1.0, values.share, "Use only this part of the quota, for example 80%.", "N%", write=values.share_text
    )
    quota_store: StoreAddress | None = setting(
        None,
        store_address,
        "Share the quota of each key with other machines, through this Redis, Valkey or PostgreSQL. Put a "
        "password into GUAYABA_QUOTA_STORE, a settings file or --quota-store-password-file.",
        "URL",
        default_words="a file of this machine",
    )
    quota_store_password_file: Path | None = setting(
        None, values.folder, "The file of the password of the quota store.", "FILE"
    )
    #: In a run that has begun, calls wait, and after a time each machine goes on with its part of the quota.
    quota_store_down: str = choice(
        "stop", "If the quota store does not answer at the start: stop, or count only on this machine.",
        "stop", "local",
    )  # fmt: skip
    workers: int = setting(WORKERS, values.whole_number(1, 1000), "Maximum number of requests at the same time.", "N")
    limit: int | None = setting(
        None,
        values.whole_number(1, 1_000_000_000),
        "Stop after this many contacts. The same command continues the run.",
        "N",
        in_jobs=False,
    )
    timeout: float = setting(30.0, values.duration, "Maximum time for one request.", "TIME", write=values.duration_text)
    attempts: int = setting(ATTEMPTS, values.whole_number(1, 100), "Maximum number of requests for one row.", "N")
    give_up_after: float = setting(
        GIVE_UP_AFTER_S,
        values.long_duration,
        "Stop after this time without any response.",
        "TIME",
        write=values.duration_text,
    )
    #: The time in which the API counts its limit: a sandbox may count in shorter ones.
    window: float = setting(
        WRITES.seconds,
        values.duration,
        "The time in which the API counts its limit.",
        "TIME",
        write=values.duration_text,
        hidden=True,
    )
    #: A number of rows or, as a float, a share of them.
    max_errors: int | float | None = setting(
        None,
        values.max_errors,
        "Stop when more rows than this fail: 20, or 5%. The same command continues the run.",
        "N|N%",
    )
    #: A number of contacts or, as a float, a share of the rows.
    max_changes: int | float | None = setting(
        None,
        values.max_errors,
        "Send nothing if more contacts than this would change: 500, or 5% of the rows. A contact that is not read"
        " counts as changed.",
        "N|N%",
    )
    max_starts: int | None = setting(
        None, values.whole_number(0, 1_000_000_000), "Send nothing if this would start outreach for more contacts.", "N"
    )
    max_runtime: float | None = setting(
        None, values.long_duration, "Stop after this time, for example 2h. The same command continues the run.", "TIME"
    )
    #: A time of day on this machine's clock.
    until: clock_time | None = setting(
        None, values.time_of_day, "Stop at this time of day, for example 18:00.", "HH:MM"
    )
    out: Path = setting(
        OUT, values.folder,
        "The folder in which each run makes its own folder. With -, the rows also go to stdout.", "DIR",
        hyphen=True,
    )  # fmt: skip
    #: The formats of the report files; none: the input's.
    format: tuple[str, ...] = setting(
        (), values.formats, "Report formats, separated by commas: csv, tsv, xlsx, parquet, arrow, ndjson.", "FORMAT",
        repeatable=True, default_words="the format of the input",
    )  # fmt: skip
    #: The rows also leave through stdout: `--out -`.
    stream: bool = setting(False, values.flag, "", flag_only=True, option=False)
    fresh: bool = setting(False, values.flag, "Start a new run, even if an unfinished one exists.", flag_only=True)
    #: Ask the API what the team has, before the first write.
    preflight: bool = setting(
        True,
        values.flag,
        "Before the first write, ask the API for the team's statuses and campaigns.",
        flag_only=True,
    )
    allow_reactivation: bool = setting(
        False,
        values.flag,
        "Also activate or move contacts that are stopped now, and rows whose own column says do not call. Without it"
        " they are left unchanged. A contact that is DNC also needs --allow-lifting-dnc.",
        flag_only=True,
    )
    allow_lifting_dnc: bool = setting(
        False,
        values.flag,
        "Also give another status to contacts that are DNC now. Without it they stay DNC.",
        flag_only=True,
    )
    skip_unchanged: bool = setting(
        False,
        values.flag,
        "Read each contact first. Do not write a contact that is already up to date or does not exist.",
    )
    keep_before: bool = setting(
        False, values.flag, "Read each contact before its write, so that undo can reverse the run."
    )
    assume_stale: bool = setting(
        False, values.flag, "Ignore what was read before: write every row, also with --skip-unchanged.", flag_only=True
    )
    accept_key: bool = setting(
        False, values.flag, "Continue a run that was started with another key of the same team.", flag_only=True
    )
    notify: str | None = setting(
        None,
        notice_url,
        "Post the summary to this https address at the end, when the run stops, and when many rows fail.",
        "URL",
        secret=True,
    )
    notify_errors: float = setting(
        0.1, values.share, "The share of failed rows that triggers a notice.", "N%", write=values.share_text
    )
    metrics_file: Path | None = setting(
        None,
        values.metrics_file,
        "Keep figures of the run in this *.prom file, for the textfile collector of Prometheus.",
        "FILE",
    )
    #: The country of numbers without a country code. As an option it is a read option.
    region: str | None = setting(None, values.plain_text, "", "REGION", option=False, in_jobs=False)
    #: The language of messages, or that of the locale. `--language` is an option of every command: see `cli/main.py`.
    language: str | None = setting(
        None,
        values.language,
        "The language of messages: en or es.",
        "LANGUAGE",
        default_words="the language of the locale (LANG)",
        option=False,
        in_jobs=False,
    )
    quiet: bool = setting(False, values.flag, "Show no progress and no preview on stderr.", short="-q")
    verbose: bool = setting(False, values.flag, "Show a line for each finished row.", short="-v")
    yes: bool = setting(False, values.flag, "Do not ask for confirmation.", short="-y", flag_only=True)
    #: Where the key is.
    key_source: KeySource | None = None
    #: The folder of what outlives a run.
    state: Path = field(default_factory=lambda: Path.home() / ".local" / "state" / "guayaba-batch")
    #: The accounts of the settings files, by name.
    accounts: Mapping[str, Account] = field(default_factory=dict)
    #: Where each setting that is not a default was written.
    origins: Mapping[str, Origin] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        require_accounts(self.accounts)
        for name, value in parse_texts(self, {"key": ApiKey, "state": values.folder}).items():
            object.__setattr__(self, name, value)
        if self.base_url is not None:
            object.__setattr__(self, "base_url", require_base_url(self.base_url))

    @property
    def access(self) -> Access:
        return self._select(Access)

    @property
    def named_out(self) -> Path | None:
        """The folder that `--out` names; None where that option was not given."""
        origin = self.origins.get("out")
        return self.out if origin is not None and origin.place == "--out" else None

    @property
    def connection(self) -> Connection:
        return Connection(
            self.access.address,
            self.timeout,
            self.window,
            self.workers,
            (self.state, self.out),
            self._store_with_password(),
            self.quota_store_down,
        )

    def _store_with_password(self) -> StoreAddress | None:
        if self.quota_store is None or self.quota_store_password_file is None:
            return self.quota_store
        try:
            return self.quota_store.with_password(read_password(self.quota_store_password_file))
        except ValueError as error:
            raise SettingsError(tr("the quota store cannot be used: {error}. Nothing was sent.", error=error)) from None

    @property
    def guards(self) -> Guards:
        return self._select(Guards)

    @property
    def limits(self) -> Limits:
        return self._select(Limits)

    @property
    def effect_limits(self) -> EffectLimits:
        return self._select(EffectLimits)

    @property
    def dispatch(self) -> Dispatch:
        return Dispatch(self.connection, self.guards, self.limits, self.out, self._key_option(), self.yes)

    def _key_option(self) -> tuple[str, ...]:
        if self.account:
            return ("--account", self.account)
        if self.key_source is not None and self.key_source.path:
            return ("--api-key-file", self.key_source.path)
        return ()

    @property
    def output(self) -> Output:
        return self._select(Output)

    @property
    def report_files(self) -> ReportFiles:
        return self._select(ReportFiles)

    @property
    def verification(self) -> Verification:
        return Verification(self.report_files, self.access, self.dispatch, self.fresh)

    @property
    def run(self) -> RunSettings:
        return self._select(RunSettings)

    def _select(self, kind: type[_Slice]) -> _Slice:
        return kind(**{each.name: getattr(self, each.name) for each in fields(kind)})  # type: ignore[arg-type]


#: Every setting by name. The command line, the environment, TOML files and job files take what stands here.
SETTINGS: Final[Mapping[str, Setting]] = build_table(Settings)
#: Settings that a file or the environment may hold.
STANDING: Final = tuple(name for name, entry in SETTINGS.items() if not entry.flag_only)
#: The option for the file of the key. Its value is `Settings.key`.
KEY_FILE: Final = Setting(
    None, values.plain_text, "The file of the API key (- for stdin).", "FILE", hyphen=True,
    default_words="GUAYABA_API_KEY",
)  # fmt: skip
