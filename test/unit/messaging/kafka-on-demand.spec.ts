import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const SOURCES = resolve(import.meta.dirname, '../../../src');

describe('the client of Kafka', () => {
  it('is loaded only when its first client is made', () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const loads = files.flatMap((file) => {
      const lines = readFileSync(join(SOURCES, file), 'utf8').split('\n');
      return lines.filter((line) => line.includes("'@platformatic/kafka'") && !line.startsWith('import type'));
    });

    expect(loads.map((line) => line.trim())).toEqual([
      "type KafkaModule = typeof import('@platformatic/kafka');",
      "this.kafka ??= import('@platformatic/kafka');",
    ]);
  });
});
