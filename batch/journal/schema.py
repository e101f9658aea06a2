"""The journal's tables, version by version.

Owns: what each version of the format added, and how a reader sees an older journal with today's columns.

A new journal is made by all steps, an older one by those that it lacks: there is no second description of the tables.
A step is never edited once it has shipped. A new table or column is a new step, and `tests/unit/journal/fixtures/`
gets a journal of the version before it (`tests/unit/journal/make_fixture.py` says how).
Source: SQLite, "Database File Format" 1.3 (application_id and user_version name a format).
"""

from typing import Final

APPLICATION_ID: Final = 0x67756179  # "guay"

#: The tables that every version has.
OLDEST_TABLES: Final = ("meta", "rows", "attempts", "looks", "pauses")

#: The columns of version 5, as SQL on the JSON of `ask`.
_CHANGES: Final = {
    "new_status": "json_extract(CAST(ask AS TEXT), '$.status')",
    "new_campaign": "json_extract(CAST(ask AS TEXT), '$.campaign_id')",
    "new_phone": "json_extract(CAST(ask AS TEXT), '$.phone_number')",
    "sends_variables": "iif(coalesce(json_extract(CAST(ask AS TEXT), '$.variables'), '{}') = '{}', 0,"
    " 1 + coalesce(json_extract(CAST(ask AS TEXT), '$.replace_variables'), 0))",
}

#: The columns of version 7: the names of a contact that was read, as SQL on its JSON.
_NAMES_READ: Final = {
    "seen_id": "json_extract(CAST(contact AS TEXT), '$.id')",
    "seen_phone": "json_extract(CAST(contact AS TEXT), '$.phoneNumber')",
}

#: The statements that lead to version 1, 2 and so on, each from the version before it.
STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB) STRICT",
        # One row of input each. `ordinal` is its place (from 1), `number` what the spreadsheet shows. `outcome` is NULL
        # until it is final; `in_doubt` is 1 from the time an attempt may have left until its result is known.
        """CREATE TABLE rows (
            ordinal INTEGER PRIMARY KEY, number INTEGER NOT NULL, cells BLOB NOT NULL, contact TEXT, phone TEXT,
            ask BLOB, outcome TEXT, code TEXT NOT NULL, message TEXT NOT NULL, same_as INTEGER, repair TEXT NOT NULL,
            in_doubt INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, status INTEGER, contact_id TEXT,
            finished_at REAL
        ) STRICT""",
        # Written before the request leaves; `seen_at`, `status` and `verdict` after. `status` NULL: no answer.
        """CREATE TABLE attempts (
            id INTEGER PRIMARY KEY, ordinal INTEGER NOT NULL, attempt INTEGER NOT NULL, sent_at REAL NOT NULL,
            seen_at REAL, status INTEGER, verdict TEXT
        ) STRICT""",
        "CREATE INDEX attempts_by_row ON attempts (ordinal)",
        # A contact read back, to settle a doubt.
        "CREATE TABLE looks (id INTEGER PRIMARY KEY, ordinal INTEGER NOT NULL, at REAL NOT NULL, status INTEGER,"
        " verdict TEXT NOT NULL) STRICT",
        "CREATE TABLE pauses (since REAL NOT NULL, until REAL NOT NULL, why TEXT NOT NULL) STRICT",
    ),
    # The API key that a row needs, by its account's name; empty: the run's own.
    ("ALTER TABLE rows ADD COLUMN account TEXT NOT NULL DEFAULT ''",),
    (
        # `turn`: rows that stop outreach (0) are sent before the others (1), and those that start it last (2).
        "ALTER TABLE rows ADD COLUMN turn INTEGER NOT NULL DEFAULT 0",
        # A contact as it was read before the row's first attempt.
        "CREATE TABLE before (ordinal INTEGER PRIMARY KEY, at REAL NOT NULL, contact BLOB NOT NULL) STRICT",
    ),
    # In a run that undoes another: what that one left of the contact, which must still be so for the row to be sent.
    ("CREATE TABLE expected (ordinal INTEGER PRIMARY KEY, ask BLOB NOT NULL) STRICT",),
    (
        # What `ask` sets, for queries. `sends_variables`: 0 none, 1 merged into the contact's own, 2 in place of them.
        "ALTER TABLE rows ADD COLUMN new_status TEXT",
        "ALTER TABLE rows ADD COLUMN new_campaign TEXT",
        "ALTER TABLE rows ADD COLUMN new_phone TEXT",
        "ALTER TABLE rows ADD COLUMN sends_variables INTEGER NOT NULL DEFAULT 0",
        f"UPDATE rows SET {', '.join(f'{name} = {sql}' for name, sql in _CHANGES.items())} WHERE ask IS NOT NULL",
        # What `verify` has read so far. `status` NULL: two contacts of one row differ, so it is looked up alone.
        "CREATE TABLE verified (ordinal INTEGER PRIMARY KEY, at REAL NOT NULL, status TEXT, kind TEXT NOT NULL,"
        " message TEXT NOT NULL, contact_id TEXT) STRICT",
    ),
    # The further contacts of a row that is written to each that holds its number, as `before`, each by its own number.
    (
        "CREATE TABLE before_others (ordinal INTEGER NOT NULL, phone TEXT NOT NULL, at REAL NOT NULL,"
        " contact BLOB NOT NULL, PRIMARY KEY (ordinal, phone)) STRICT",
    ),
    (
        # Of the contact that was read, for queries. They are calculated by a query that asks for them, not by a write.
        *(f"ALTER TABLE before ADD COLUMN {name} TEXT AS ({sql}) VIRTUAL" for name, sql in _NAMES_READ.items()),
        # Of what a plan expects: 0 where it makes no call for the row.
        "ALTER TABLE expected ADD COLUMN is_sent INTEGER"
        " AS (coalesce(json_extract(CAST(ask AS TEXT), '$.is_sent'), 1)) VIRTUAL",
    ),
)

VERSION: Final = len(STEPS)

#: The tables that a reader of an older journal sees with today's columns.
VIEWS: Final = ("rows", "before", "before_others")

#: What a reader of an older journal gets for a column of `rows` that came with a later version.
_COLUMNS_SINCE: Final = {2: {"account": "''"}, 3: {"turn": "0"}, 5: _CHANGES}


def current_views(version: int, schema: str, prefix: str = "") -> tuple[str, ...]:
    """Statements that make temporary views of the tables in `VIEWS` of `schema`, a journal of `version`, with today's
    columns; their names begin with `prefix`."""
    missing = {name: sql for since, added in _COLUMNS_SINCE.items() if version < since for name, sql in added.items()}
    rows = _select_with(missing)
    names = _select_with(_NAMES_READ if version < 7 else {})
    no_before = "0 AS ordinal, 0.0 AS at, x'' AS contact, NULL AS seen_id, NULL AS seen_phone WHERE 0"
    before = f"{names} FROM {schema}.before" if version >= 3 else no_before
    no_others = "0 AS ordinal, '' AS phone, 0.0 AS at, x'' AS contact WHERE 0"
    others = f"* FROM {schema}.before_others" if version >= 6 else no_others
    return (
        f"CREATE TEMP VIEW {prefix}rows AS SELECT {rows} FROM {schema}.rows",
        f"CREATE TEMP VIEW {prefix}before AS SELECT {before}",
        f"CREATE TEMP VIEW {prefix}before_others AS SELECT {others}",
    )


def _select_with(added: dict[str, str]) -> str:
    """All columns of a table, and `added` ones, by their SQL."""
    return ", ".join(["*", *(f"{sql} AS {name}" for name, sql in added.items())])
