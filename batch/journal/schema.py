"""The journal's tables, version by version.

Owns: what each version of the format added, and so what an older journal lacks.

A new journal is made by all steps, an older one by those that it lacks: there is no second description of the tables
that could differ. A step is never edited once it has shipped. Whoever needs another table or column adds a step, and
`tests/journal/fixtures/` gets a journal of the version before it (`make_fixture.py` says how).
Source: SQLite's documentation, "Database File Format" 1.3 (application_id and user_version name a format).
"""

from typing import Final

APPLICATION_ID: Final = 0x67756179  # "guay"

#: The tables that every version has. Whoever only looks into a journal relies on nothing else.
OLDEST_TABLES: Final = ("meta", "rows", "attempts", "looks", "pauses")

#: The statements that lead to version 1, 2 and so on, each from the version before it.
STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB) STRICT",
        # One row of input each. `ordinal` is its place (from 1), `number` what the spreadsheet shows. `outcome` is NULL
        # until the final word; `in_doubt` is 1 from the moment an attempt may have left until it is known what came of
        # it.
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
)

VERSION: Final = len(STEPS)
