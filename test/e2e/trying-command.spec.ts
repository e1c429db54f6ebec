import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startDatadip } from '../support/datadip-process.js';
import { declaration } from '../support/declaration.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { aboutAda } from './stage.js';

let origin: ScriptedOrigin;
beforeAll(async () => {
  origin = await startOrigin(aboutAda);
});
afterAll(() => origin.stop());

async function attempt(args: readonly string[], yaml?: string): Promise<{ code: number | null; output: string }> {
  const options = { args, waitFor: 'exit', entry: 'dist/cli/try.js' } as const;
  const ended = await startDatadip(yaml === undefined ? options : { ...options, yaml });
  return { code: (await ended.exited).code, output: ended.output };
}

describe('the command npm run try', () => {
  it('shows the request and the fields of the sandbox without any configuration, and exits with 0', async () => {
    const { code, output } = await attempt(['customer', '--ani', '15550017']);
    expect(output).toMatch(/^customer: found \(tenant 10001, input ani\)$/m);
    expect(output).toMatch(/GET http:\S+phone=/);
    expect(output).toMatch(/value hidden without --values/);
    expect(code).toBe(0);
  });

  it('exits with 1 and names similar names if the record is not found', async () => {
    const yaml = declaration(origin.url).replace('results[0]', 'result[0]');
    const { code, output } = await attempt(['customer', '--ani', '+15550017'], yaml);
    expect(output).toContain('the input has no result, did you mean results');
    expect(code).toBe(1);
  });

  it.each([
    ['an unknown lookup', ['custmer'], 64, 'unknown lookup "custmer"; allowed: customer, profile'],
    ['an unknown input', ['customer', '--phone', '1'], 64, '[--ani <value>] [--email <value>]'],
  ])('exits with 64 for %s', async (_case, args, expected, text) => {
    const { code, output } = await attempt(args, declaration(origin.url));
    expect(output).toContain(text);
    expect(code).toBe(expected);
  });

  it('exits with 78 for a wrong file', async () => {
    expect(await attempt(['customer'], 'lookups: 1')).toMatchObject({ code: 78 });
  });
});
