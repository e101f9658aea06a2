#!/usr/bin/env bash
# @nestjs/throttler: one call too early costs a whole window from that moment, not the rest of the running one.
#
# Guess:    a refused client is served again when the minute that it filled is over.
# Truth:    the refusal itself starts a block as long as the window (blockDuration, by default equal to ttl). A call
#           refused in second 59 is refused until second 119, although a new window began in second 60.
# Version:  @nestjs/throttler 6.7.1, on a clock that the script sets.
# Matters:  "try again every second until it works" is cheap with a plain fixed window and costs half the throughput
#           here. What counts is Retry-After; a wait computed from the window alone is 59 seconds short.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund \
  @nestjs/throttler@6.7.1 @nestjs/common@12.5.1 @nestjs/core@12.5.1 reflect-metadata@0.2.2 rxjs@7.8.2

cat > block.js <<'JS'
require('reflect-metadata');
const assert = require('node:assert');
const { ThrottlerStorageService } = require('@nestjs/throttler');
(async () => {
  let now = 0;
  Date.now = () => 1_000_000_000_000 + now * 1000;
  const storage = new ThrottlerStorageService();
  const call = async (second) => {
    now = second;
    const { isBlocked, timeToBlockExpire } = await storage.increment('key', 60_000, 2, 60_000, 'default');
    return isBlocked ? `refused, wait ${timeToBlockExpire}` : 'served';
  };
  const found = {};
  for (const second of [0, 1, 59, 61, 118, 120]) found[second] = await call(second);
  console.log(require('@nestjs/throttler/package.json').version, found);
  assert.deepStrictEqual(found, {
    0: 'served', 1: 'served', 59: 'refused, wait 60', 61: 'refused, wait 58', 118: 'refused, wait 1', 120: 'served',
  });
  process.exit(0);
})();
JS
node block.js
