import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const INSTRUCTION = /^([A-Z]+) (.*)$/gm;

/** Reads the instructions of the last stage of the Dockerfile. */
export class Dockerfile {
  private readonly instructions: readonly (readonly [name: string, text: string])[];

  constructor(path = resolve(import.meta.dirname, '../../Dockerfile')) {
    const text = readFileSync(path, 'utf8');
    const last = text.slice(text.lastIndexOf('\nFROM '));
    this.instructions = [...last.matchAll(INSTRUCTION)].map(([, name = '', rest = '']) => [name, rest]);
  }

  all(name: string): readonly string[] {
    return this.instructions.flatMap(([found, text]) => (found === name ? [text] : []));
  }

  /** The variables of `ENV`. */
  get env(): Readonly<Record<string, string>> {
    const pairs = this.all('ENV').flatMap((text) => text.split(' ').map((pair) => pair.split('=')));
    return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
  }

  get command(): readonly string[] {
    return JSON.parse(this.all('CMD')[0] ?? '[]') as string[];
  }

  get healthCheck(): readonly string[] {
    const [text = ''] = this.all('HEALTHCHECK');
    return JSON.parse(text.slice(text.indexOf('CMD ') + 'CMD '.length)) as string[];
  }
}
