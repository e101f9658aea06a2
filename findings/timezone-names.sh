#!/usr/bin/env bash
# JavaScript answers Asia/Calcutta for Asia/Kolkata and Europe/Kiev for Europe/Kyiv; Python keeps the name it was given.
#
# Guess:    a valid IANA name comes back as it was sent.
# Truth:    Intl.DateTimeFormat resolves a name to ICU's own, which is the oldest one. zoneinfo resolves nothing: both
#           names are valid there and differ as text.
# Version:  Node 26.10.0 (ICU 78.3), Python's zoneinfo with tzdata 2026.6.
# Matters:  a server in JavaScript that normalises time zones shows another text than the row asked for. A comparison of
#           texts then says "not as asked" for ever: a needless write in each run, a false alarm in each check.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check tzdata==2026.6
npm install --silent --no-audit --no-fund node@26.10.0

cat > zones.js <<'JS'
const zones = ['Asia/Kolkata', 'Europe/Kyiv', 'America/Argentina/Buenos_Aires', 'America/New_York'];
const shown = (zone) => new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
console.log(zones.map((zone) => `${zone}=${shown(zone)}`).join(' '));
JS
found=$(node_modules/.bin/node zones.js)
echo "Node $(node_modules/.bin/node --version): $found"
[ "$found" = "Asia/Kolkata=Asia/Calcutta Europe/Kyiv=Europe/Kiev \
America/Argentina/Buenos_Aires=America/Buenos_Aires America/New_York=America/New_York" ]

PYTHONTZPATH='' venv/bin/python - <<'PY'
from importlib.metadata import version
from zoneinfo import ZoneInfo

pairs = [("Asia/Kolkata", "Asia/Calcutta"), ("Europe/Kyiv", "Europe/Kiev")]
print("tzdata", version("tzdata"), [(ZoneInfo(new).key, ZoneInfo(old).key) for new, old in pairs])
for new, old in pairs:
    assert (ZoneInfo(new).key, ZoneInfo(old).key) == (new, old)
PY
