import { writeFileSync } from 'node:fs';
import { endWithParent } from '../../test/support/end-with-parent.js';
import { ensureFreshBuild } from '../../test/support/fresh-build.js';
import { planOf, USAGE } from './flags.ts';
import { pictureOf } from './picture.ts';
import { Unusable, type Plan } from './plan.ts';
import { rehearse, type OnProgress } from './rehearsal.ts';
import { doubtsOf, progressLine, sentenceOf, tableOf } from './report.ts';

/** Exit codes of a rehearsal. */
const DONE = 0;
const DOUBTED = 1;
const UNUSABLE = 2;

/** A terminal gets a new line each second. Another output gets one each ten seconds. */
const LINE_EVERY_MS = 1000;
const LOG_EVERY_MS = 10_000;

/** @returns the exit code: 0; 1 if the figures must not be judged; 2 for unusable flags */
export async function rehearseInTerminal(words: readonly string[]): Promise<number> {
  if (words.includes('--help') || words.includes('-h')) {
    process.stdout.write(`${USAGE}\n`);
    return DONE;
  }
  // If npm is ended, only its shell receives the signal, and this process does not.
  const stopWatching = process.env.npm_lifecycle_event === undefined ? () => undefined : endWithParent();
  try {
    const plan = planOf(words);
    ensureFreshBuild();
    return await runAndReport(plan);
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    process.stderr.write(`rehearse: ${error.message}\n`);
    return UNUSABLE;
  } finally {
    stopWatching();
  }
}

async function runAndReport(plan: Plan): Promise<number> {
  const rehearsal = await rehearse(plan, process.env, progressTo(process.stdout, plan));
  const doubts = doubtsOf(rehearsal);
  const sentence = doubts.length === 0 ? sentenceOf(rehearsal) : `Not judged: ${doubts.join('; ')}.`;
  writeFileSync(plan.out, pictureOf(plan, rehearsal, sentence));
  const lines = [...tableOf(rehearsal), '', sentence, `Picture: ${plan.out}`];
  if (plan.opsPicture !== undefined) lines.push(`Ops page: ${plan.opsPicture}`);
  process.stdout.write(`${process.stdout.isTTY ? '\r\u001b[K' : ''}\n${lines.join('\n')}\n`);
  return doubts.length === 0 ? DONE : DOUBTED;
}

function progressTo(output: NodeJS.WriteStream, { forMs }: Plan): OnProgress {
  const everyMs = output.isTTY ? LINE_EVERY_MS : LOG_EVERY_MS;
  let nextAtMs = 0;
  return (side, atMs, figures, inFlight) => {
    if (performance.now() < nextAtMs) return;
    nextAtMs = performance.now() + everyMs;
    const line = progressLine(side, { atMs, forMs }, figures, inFlight);
    output.write(output.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  };
}
