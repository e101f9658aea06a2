#!/usr/bin/env bash
# nginx with "rate=30r/m" refuses the second call of the same moment, and with 503 instead of 429.
#
# Guess:    30r/m lets thirty calls through in any way within a minute, and answers 429 to the next.
# Truth:    it is one call each two seconds; only burst= lets more come together (burst=29 nodelay: thirty). The refusal
#           is 503 unless limit_req_status says otherwise, without Retry-After or any X-RateLimit header.
# Version:  nginx 1.22.1 (Debian's nginx-light).
# Matters:  a client that sends its thirty calls at the start of each minute loses 29 of them here. And a 503 from such
#           a proxy looks like an outage: it uses up attempts, where a 429 would not.
set -euo pipefail
PATH=$PATH:/usr/sbin
for program in nginx curl; do
  command -v "$program" > /dev/null || { echo "$program is missing: install nginx-light and curl" >&2; exit 1; }
done
work=$(mktemp -d)
trap '[ -z "${server:-}" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir pages
echo ok > pages/plain
echo ok > pages/burst
cat > nginx.conf <<CONF
daemon off; master_process off; pid $work/pid; error_log $work/error.log;
events {}
http {
  access_log off;
  client_body_temp_path $work/a; proxy_temp_path $work/b; fastcgi_temp_path $work/c;
  uwsgi_temp_path $work/d; scgi_temp_path $work/e;
  limit_req_zone \$http_x_api_key zone=plain:1m rate=30r/m;
  limit_req_zone \$http_x_api_key zone=burst:1m rate=30r/m;
  server {
    listen 127.0.0.1:$port;
    root $work/pages;
    location /plain { limit_req zone=plain; }
    location /burst { limit_req zone=burst burst=29 nodelay; }
  }
}
CONF
nginx -v
nginx -p "$work" -c nginx.conf -e "$work/error.log" &
server=$!
url="http://127.0.0.1:$port"
curl --silent --retry 20 --retry-delay 1 --retry-connrefused --noproxy '*' --output /dev/null "$url/"
codes() { # URL: the status of each call; the calls leave together, on one connection
  curl --silent --noproxy '*' --header 'X-API-Key: key' --output /dev/null --write-out '%{http_code}\n' "$1"
}
codes "$url/plain?call=[1-5]" > plain.txt
codes "$url/burst?call=[1-40]" > burst.txt
curl --silent --noproxy '*' --header 'X-API-Key: key' --output /dev/null --dump-header refused.txt "$url/plain"
echo "rate=30r/m:                  $(tr '\n' ' ' < plain.txt)"
echo "rate=30r/m burst=29 nodelay: $(tr '\n' ' ' < burst.txt)"
cat refused.txt
[ "$(head -2 plain.txt | tr '\n' ' ')" = "200 503 " ]
[ "$(head -30 burst.txt | sort -u)" = 200 ]
[ "$(tail -1 burst.txt)" = 503 ]
grep -q '503' refused.txt
if grep -qiE 'retry-after|ratelimit' refused.txt; then exit 1; fi
