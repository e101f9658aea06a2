#!/usr/bin/env bash
# SQLite in WAL mode refuses a write although no one holds a lock: the transaction began with a read.
#
# Guess:    "database is locked" means that another connection holds the lock now, and the busy timeout waits for it.
# Truth:    when another connection has committed since the read, the write fails at once with SQLITE_BUSY_SNAPSHOT.
#           The other connection is closed, the timeout is not used, and a repeated write fails again until ROLLBACK.
# Version:  SQLite 3.54.1, as bundled in apsw 3.54.1.0.
# Matters:  "read the tokens, then take one" on a database that several processes share fails now and then under load,
#           whatever the timeout. BEGIN IMMEDIATE takes the write lock first, and there the timeout works.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check apsw==3.54.1.0

venv/bin/python - <<'PY'
import apsw


def write_after_read(begin: str) -> str:
    """What happens to a write in a transaction that reads first, after another connection tried to commit."""
    ours = apsw.Connection("quota.sqlite")
    ours.set_busy_timeout(60_000)
    ours.execute(begin)
    ours.execute("SELECT count(*) FROM takes").fetchall()
    other = apsw.Connection("quota.sqlite")
    try:
        other.execute("INSERT INTO takes VALUES (1)")
    except apsw.BusyError:
        print(f"  {begin}: the other connection has to wait")
    other.close()
    for _ in range(3):  # no one else is connected now
        try:
            ours.execute("INSERT INTO takes VALUES (2)")
        except apsw.BusyError as error:
            refused = apsw.mapping_extended_result_codes[error.extendedresult]
        else:
            ours.execute("COMMIT")
            return "committed"
    ours.execute("ROLLBACK")
    return refused


setup = apsw.Connection("quota.sqlite")
setup.execute("PRAGMA journal_mode = WAL")
setup.execute("CREATE TABLE takes (at REAL)")
print("SQLite", apsw.sqlite_lib_version())
found = {begin: write_after_read(begin) for begin in ("BEGIN", "BEGIN IMMEDIATE")}
print(found)
assert found == {"BEGIN": "SQLITE_BUSY_SNAPSHOT", "BEGIN IMMEDIATE": "committed"}
PY
