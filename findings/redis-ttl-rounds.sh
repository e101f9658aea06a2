#!/usr/bin/env bash
# Redis rounds TTL to the nearest second: a key that lives another 1.4 s has TTL 1, one with 0.4 s has TTL 0.
#
# Guess:    TTL is rounded up, so waiting that long is enough, and a key that exists has at least 1.
# Truth:    it is (milliseconds + 500) / 1000, cut. A script that returns 1.9 from Lua gives 1: numbers are cut to whole
#           ones on the way out.
# Version:  Redis 7.0.15 (Debian's redis-server).
# Matters:  limiters put TTL into Retry-After. A client that waits for just that long is up to half a second early, is
#           refused again, and with a limiter that blocks on refusal pays a whole window. "Retry-After: 0" is possible.
set -euo pipefail
command -v redis-server > /dev/null || { echo "redis-server is missing: install Debian's redis-server" >&2; exit 1; }
work=$(mktemp -d)
trap '[ -z "${server:-}" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
redis-server --port "$port" --bind 127.0.0.1 --save '' --dir "$work" > redis.log &
server=$!
ask() { redis-cli -h 127.0.0.1 -p "$port" "$@"; }
for _ in $(seq 100); do ask ping > /dev/null 2>&1 && break; sleep 0.1; done

# One script: no time passes between its two commands.
life="redis.call('SET', 'window', '1', 'PX', ARGV[1]) return redis.call('TTL', 'window')"
ask info server | grep redis_version
for milliseconds in 2499 1400 400; do
  echo "$milliseconds ms: TTL $(ask eval "$life" 0 "$milliseconds")" | tee -a found.txt
done
echo "a script that returns 1.9: $(ask eval 'return 1.9' 0)" | tee -a found.txt
diff found.txt - <<'EXPECTED'
2499 ms: TTL 2
1400 ms: TTL 1
400 ms: TTL 0
a script that returns 1.9: 1
EXPECTED
