/**
 * The peer of a Redis hit: Express 5 with its defaults, a body parser, the SHA-256 of the number,
 * one GET with auto-pipelining, `JSON.parse`, and the answer as JSON. This server checks no caller,
 * has no deadline, logs nothing, counts nothing, and does not handle the loss of Redis.
 *
 * Environment: PORT, REDIS_URL, ETAG=off for Express without its default ETag. The key of an answer
 * is `peer:<sha256 of ani, hex>`.
 */
import express, { type Request } from 'express';
import { Redis } from 'ioredis';
import { hash } from 'node:crypto';

const redis = new Redis(process.env.REDIS_URL ?? '', { enableAutoPipelining: true });
const app = express();
if (process.env.ETAG === 'off') app.set('etag', false);
app.use(express.json());
app.post('/lookup/customer', async (request: Request<unknown, unknown, { ani: string }>, response) => {
  const text = await redis.get(`peer:${hash('sha256', request.body.ani)}`);
  response.json(JSON.parse(text ?? 'null'));
});
app.listen(Number(process.env.PORT), '127.0.0.1');
