#!/usr/bin/env bash
# In a Redis script a key never expires, while TIME goes on: two clocks in one script.
#
# Guess:    a key with PX 1 is gone after some milliseconds, in a script as elsewhere.
# Truth:    expiry is judged by the time at which the script began. TIME, called twice in one script, moves (in Redis
#           7.0; later versions may freeze it too).
# Version:  Redis 7.0.15 (Debian's redis-server).
# Matters:  a limiter script that compares TIME with the life of its keys can find a window over whose key is still
#           there, and count a call twice or not at all. Take one TIME at the script's start and keep times as values.
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

cat > clocks.lua <<'LUA'
local function now() local time = redis.call('TIME') return time[1] * 1000000 + time[2] end
redis.call('SET', 'window', 'open', 'PX', 1)
local began = now()
local calls = 0
while now() - began < 20000 and calls < 1000000 do calls = calls + 1 end
return {redis.call('GET', 'window'), now() - began >= 20000 and 'TIME moved' or 'TIME stood still'}
LUA
ask info server | grep redis_version
ask eval "$(cat clocks.lua)" 0 | tee found.txt
after=$(ask exists window)
echo "after the script the key exists: $after"
[ "$(tr '\n' ' ' < found.txt)" = "open TIME moved " ]
[ "$after" = 0 ]
