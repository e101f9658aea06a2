// The limiters of Node: `node node_servers.mjs NAME`, in a folder with their packages. Prints its port; ends with stdin.
// Each key may make 30 POSTs in 6 s; a GET is not limited. A refusal says what the package says by itself.
import { createServer } from 'node:http';

const LIMIT = 30;
const WINDOW = 6000;
const DONE = { success: true, message: 'Contact updated successfully' };
const STATUSES = [{ name: 'active', isTerminal: false }, { name: 'DNC', isTerminal: true }];
const key = (request) => request.headers['x-api-key'] ?? '';

async function express(options) {
  const { default: app } = await import('express');
  const { rateLimit } = await import('express-rate-limit');
  const server = app();
  server.get('/{*path}', (_, response) => response.json(STATUSES));
  server.post('/{*path}', rateLimit({ windowMs: WINDOW, limit: LIMIT, keyGenerator: key, ...options }),
    (_, response) => response.json(DONE));
  return createServer(server);
}

const servers = {
  'express-rate-limit': () => express({}),
  'express-rate-limit draft-8': () => express({ legacyHeaders: false, standardHeaders: 'draft-8' }),
  '@fastify/rate-limit': async () => {
    const { default: fastify } = await import('fastify');
    const { default: limiter } = await import('@fastify/rate-limit');
    const app = fastify();
    await app.register(limiter, { max: LIMIT, timeWindow: WINDOW, keyGenerator: key, allowList: (r) => r.method === 'GET' });
    app.get('/*', () => STATUSES);
    app.post('/*', () => DONE);
    await app.ready();
    return app.server;
  },
  'rate-limiter-flexible': async () => {
    const { RateLimiterMemory } = await import('rate-limiter-flexible');
    const limiter = new RateLimiterMemory({ points: LIMIT, duration: WINDOW / 1000 });
    return createServer(async (request, response) => {
      response.setHeader('Content-Type', 'application/json');
      request.resume();
      if (request.method === 'GET') return response.end(JSON.stringify(STATUSES));
      const [state, refused] = await limiter.consume(key(request)).then((now) => [now, false], (now) => [now, true]);
      // As its documentation shows.
      response.setHeader('Retry-After', state.msBeforeNext / 1000);
      response.setHeader('X-RateLimit-Limit', LIMIT);
      response.setHeader('X-RateLimit-Remaining', state.remainingPoints);
      response.setHeader('X-RateLimit-Reset', Math.ceil((Date.now() + state.msBeforeNext) / 1000));
      if (refused) response.statusCode = 429;
      return response.end(JSON.stringify(refused ? { error: 'Too Many Requests' } : DONE));
    });
  },
  'koa-ratelimit': async () => {
    const { default: Koa } = await import('koa');
    const { default: limiter } = await import('koa-ratelimit');
    const app = new Koa();
    const limited = limiter({
      driver: 'memory', db: new Map(), duration: WINDOW, max: LIMIT, id: (context) => context.get('X-API-Key'),
    });
    app.use((context, next) => {
      if (context.method !== 'GET') return limited(context, next);
      context.body = STATUSES;
    });
    app.use((context) => { context.body = DONE; });
    return createServer(app.callback());
  },
  'hono-rate-limiter': async () => {
    const { Hono } = await import('hono');
    const { getRequestListener } = await import('@hono/node-server');
    const { rateLimiter } = await import('hono-rate-limiter');
    const app = new Hono();
    app.get('/*', (context) => context.json(STATUSES));
    app.use(rateLimiter({ windowMs: WINDOW, limit: LIMIT, keyGenerator: (context) => context.req.header('X-API-Key') }));
    app.post('/*', (context) => context.json(DONE));
    return createServer(getRequestListener(app.fetch));
  },
};

const server = await servers[process.argv[2]]();
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
