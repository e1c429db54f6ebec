/**
 * The peer of a near hit: Express 5 with its defaults, a body parser, and a Map of the finished
 * answers. This server checks no caller, has no deadline, logs nothing and counts nothing.
 *
 * Environment: PORT, ANSWERS (a JSON file of `[[ani, answer], …]`), ETAG=off for Express without
 * its default ETag.
 */
import express, { type Request } from 'express';
import { readFileSync } from 'node:fs';

type Answers = [ani: string, answer: unknown][];

const answers = new Map(JSON.parse(readFileSync(process.env.ANSWERS ?? '', 'utf8')) as Answers);
const app = express();
if (process.env.ETAG === 'off') app.set('etag', false);
app.use(express.json());
app.post('/lookup/customer', (request: Request<unknown, unknown, { ani: string }>, response) => {
  response.json(answers.get(request.body.ani));
});
app.listen(Number(process.env.PORT), '127.0.0.1');
