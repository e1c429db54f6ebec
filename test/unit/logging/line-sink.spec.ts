import { afterEach, describe, expect, it } from '@jest/globals';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, constants, readSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineSink, type LineOutput } from '../../../src/platform/logging/line-sink.js';
import { eventually } from '../../support/eventually.js';

const scratch: string[] = [];
const sinks: LineSink[] = [];
const lost: number[] = [];
const MIB = 1024 * 1024;

function scratchDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'datadip-lines-'));
  scratch.push(dir);
  return dir;
}

function sinkOn(fd: number): LineSink {
  const sink = new LineSink({ fd });
  sinks.push(sink);
  return sink;
}

function sinkInto(fd: number): LineOutput {
  return sinkOn(fd).room({ maxBytes: 4 * MIB, onLost: (lines) => void lost.push(lines) });
}

/** Opens a pipe that nothing reads until `drain`. */
function openPipe(): number {
  const pipe = join(scratchDir(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  return openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
}

/** Reads all bytes from the pipe. */
function drainText(fd: number): string {
  const buffer = Buffer.alloc(MIB);
  for (let text = ''; ;) {
    try {
      text += buffer.toString('latin1', 0, readSync(fd, buffer));
    } catch (error) {
      expect(error).toMatchObject({ code: 'EAGAIN' });
      return text;
    }
  }
}

/** Reads all bytes from the pipe and returns their number. */
const drain = (fd: number): number => drainText(fd).length;

const flushed = (sink: LineOutput): Promise<void> => new Promise((resolve) => sink.flush(resolve));

afterEach(() => {
  for (const sink of sinks.splice(0)) sink.close();
  for (const dir of scratch.splice(0)) rmSync(dir, { recursive: true });
  lost.length = 0;
});

describe('LineSink', () => {
  it('writes lines complete and in order, for any characters and length', async () => {
    const file = join(scratchDir(), 'out');
    const fd = openSync(file, 'w');
    const sink = sinkInto(fd);
    const lines = Array.from({ length: 3000 }, (_, at) => `${at} ${'äß€😀'.repeat(at % 40)}\n`);
    lines[1500] = `${'long '.repeat(100_000)}\n`;
    for (const line of lines) sink.write(line);
    await flushed(sink);
    expect(readFileSync(file, 'utf8')).toBe(lines.join(''));
    closeSync(fd);
  });

  it('writes a line without a flush', async () => {
    const file = join(scratchDir(), 'out');
    const fd = openSync(file, 'w');
    sinkInto(fd).write('alone\n');
    await eventually(() => expect(readFileSync(file, 'utf8')).toBe('alone\n'));
    closeSync(fd);
  });

  it('discards and reports lines if no reader drains the pipe, with bounded memory and no wait', async () => {
    const fd = openPipe();
    const sink = sinkInto(fd);
    const line = `${'x'.repeat(999)}\n`;
    const WRITTEN = 8000;
    // Every other write has three lines.
    for (let at = 0; at < WRITTEN; at += 4) {
      sink.write(line);
      sink.write(line.repeat(3), 3);
    }
    const lostAtOnce = sink.lostLines?.() ?? 0;
    expect(lostAtOnce).toBeGreaterThan(0);

    let read = 0;
    await eventually(() => {
      read += drain(fd);
      const reportedLost = lost.reduce((sum, lines) => sum + lines, 0);
      expect(reportedLost).toBeGreaterThan(0);
      expect(read).toBe((WRITTEN - reportedLost) * line.length);
    });
    expect([sink.lostLines?.(), lost.reduce((sum, lines) => sum + lines, 0)]).toEqual([lostAtOnce, lostAtOnce]);
    // The sink holds 64 pieces of 64 KiB. The pipe and a running write hold more bytes.
    expect(read).toBeLessThan(4.5 * 1024 * 1024);
    closeSync(fd);
  });

  it('loses no line of a room whose neighbours lose theirs while no reader drains the pipe', async () => {
    const fd = openPipe();
    const sink = sinkOn(fd);
    const counts = { audit: 0, noise: 0 };
    const audit = sink.room({ maxBytes: MIB, onLost: (lines) => void (counts.audit += lines) });
    const noise = sink.room({ maxBytes: MIB, onLost: (lines) => void (counts.noise += lines) });
    for (let at = 0; at < 4000; at += 1) noise.write(`${'n'.repeat(999)}\n`);
    for (let at = 0; at < 500; at += 1) audit.write(`a${at}\n`);

    let text = '';
    await eventually(() => {
      text += drainText(fd);
      expect(counts.noise).toBeGreaterThan(0);
      expect(text.match(/^n+$/gm)).toHaveLength(4000 - counts.noise);
      expect(text.match(/^a\d+$/gm)).toEqual(Array.from({ length: 500 }, (_, at) => `a${at}`));
    });
    expect(counts.audit).toBe(0);
    closeSync(fd);
  });

  it('ends a flush after one second if no reader drains the pipe', async () => {
    const fd = openPipe();
    const sink = sinkInto(fd);
    for (let at = 0; at < 300; at += 1) sink.write(`${'x'.repeat(999)}\n`);
    await flushed(sink);
    let read = 0;
    await eventually(() => expect((read += drain(fd))).toBe(300_000));
    closeSync(fd);
  });

  it('reports lines as lost if the file descriptor is not writable', async () => {
    const file = join(scratchDir(), 'out');
    const fd = openSync(file, 'w');
    closeSync(fd);
    const readOnly = openSync(file, 'r');
    const sink = sinkInto(readOnly);
    sink.write('one\n');
    sink.write('two\nthree\n', 2);
    await flushed(sink);
    expect(lost).toEqual([3]);
    closeSync(readOnly);
  });
});
