import { afterEach, describe, expect, it } from '@jest/globals';
import { startDatadip, type DatadipProcess } from '../../support/datadip-process.js';
import { eventually } from '../../support/eventually.js';
import { listenPrivately } from '../../support/private-port.js';
import { createServer } from 'node:net';
import { sqlDeclaration } from './stage.js';

/** Prints which libraries of databases the process has loaded, twenty times a second. */
const REPORTING = `
import { createRequire } from 'node:module';
const { cache } = createRequire(process.cwd() + '/');
const report = () => {
  const loaded = ['pg', 'mysql2'].filter((name) =>
    Object.keys(cache).some((file) => file.includes('/node_modules/' + name + '/')));
  console.log(JSON.stringify({ libraries: loaded }));
};
setInterval(report, 50).unref();`;
const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(REPORTING)}`;

describe('a process', () => {
  let datadip: DatadipProcess | undefined;

  afterEach(async () => {
    await datadip?.stop();
    datadip = undefined;
  });

  /** The libraries that the process has loaded when it is ready. */
  const librariesWith = async (yaml?: string): Promise<unknown> => {
    const on = (datadip = await startDatadip({ env: { NODE_OPTIONS }, ...(yaml === undefined ? {} : { yaml }) }));
    const seen = on.logs.length;
    return eventually(() => {
      const line = on.logs.slice(seen).findLast(({ libraries }) => libraries !== undefined);
      if (line === undefined) throw new Error('the process has reported nothing');
      return line.libraries;
    });
  };

  it('loads no library of a database if no system needs one', async () => {
    expect(await librariesWith()).toEqual([]);
  });

  it.each([
    ['postgres', 'pg'],
    ['mysql', 'mysql2'],
  ] as const)('loads only the library of the declared type %s', async (type, library) => {
    const closing = createServer((socket) => socket.destroy());
    const port = await listenPrivately(closing);
    try {
      const url = `${type}://reader:reader@127.0.0.1:${port}/crm`;
      expect(await librariesWith(sqlDeclaration({ type, url }))).toEqual([library]);
    } finally {
      await datadip?.stop();
      closing.close();
    }
  });
});
