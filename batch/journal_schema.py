"""The journal's tables. A change here raises `VERSION` and brings the migration with it.

Source: SQLite's documentation, "Database File Format" 1.3 (application_id and user_version name a format).
"""

from typing import Final

APPLICATION_ID: Final = 0x67756179  # "guay"
VERSION: Final = 1

SCHEMA: Final = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB) STRICT",
    # One row of input each. `ordinal` is its place (from 1), `number` what the spreadsheet shows. `outcome` is NULL
    # until the final word; `in_doubt` is 1 from the moment an attempt may have left until it is known what came of it.
    """CREATE TABLE rows (
        ordinal INTEGER PRIMARY KEY, number INTEGER NOT NULL, cells BLOB NOT NULL, contact TEXT, phone TEXT, ask BLOB,
        outcome TEXT, code TEXT NOT NULL, message TEXT NOT NULL, same_as INTEGER, repair TEXT NOT NULL,
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
)
