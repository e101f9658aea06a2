#!/usr/bin/env bash
# @nestjs/throttler with two named limits sends no Retry-After: it sends Retry-After-short.
#
# Guess:    the standard header is there, whatever the limits are called.
# Truth:    with two throttlers named short and long the 429 carries Retry-After-short alone, and a success carries
#           X-RateLimit-Limit-short, X-RateLimit-Limit-long and so on. With one unnamed throttler the names are plain.
# Version:  @nestjs/throttler 6.7.1, NestJS 12.5.1.
# Matters:  the day that the vendor adds a second limit, every header that a client reads is gone. A client needs a safe
#           wait without any header: one full window.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund @nestjs/throttler@6.7.1 @nestjs/common@12.5.1 @nestjs/core@12.5.1 \
  @nestjs/platform-express@12.5.1 reflect-metadata@0.2.2 rxjs@7.8.2

cat > names.js <<'JS'
require('reflect-metadata');
const assert = require('node:assert');
const { Module, Controller, Get } = require('@nestjs/common');
const { NestFactory, APP_GUARD } = require('@nestjs/core');
const { ThrottlerModule, ThrottlerGuard } = require('@nestjs/throttler');

class Contacts {
  read() { return 'ok'; }
}
Get()(Contacts.prototype, 'read', Object.getOwnPropertyDescriptor(Contacts.prototype, 'read'));
Controller()(Contacts);

async function limitHeaders(throttlers) {
  class App {}
  const providers = [{ provide: APP_GUARD, useClass: ThrottlerGuard }];
  Module({ imports: [ThrottlerModule.forRoot(throttlers)], controllers: [Contacts], providers })(App);
  const app = await NestFactory.create(App, { logger: false });
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${app.getHttpServer().address().port}/`;
  const served = await fetch(url);
  const refused = await fetch(url);
  assert.strictEqual(refused.status, 429);
  await app.close();
  return [served, refused].map((answer) => [...answer.headers.keys()].filter((name) => /retry|limit-limit/.test(name)));
}

(async () => {
  const one = await limitHeaders([{ ttl: 60_000, limit: 1 }]);
  const two = await limitHeaders([
    { name: 'short', ttl: 60_000, limit: 1 }, { name: 'long', ttl: 3_600_000, limit: 100 },
  ]);
  console.log('one limit, served and refused:', one);
  console.log('two named limits, served and refused:', two);
  assert.deepStrictEqual(one, [['x-ratelimit-limit'], ['retry-after']]);
  assert.deepStrictEqual(two, [['x-ratelimit-limit-long', 'x-ratelimit-limit-short'], ['retry-after-short']]);
  process.exit(0);
})();
JS
node names.js
