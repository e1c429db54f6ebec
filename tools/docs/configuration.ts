import { join } from 'node:path';
import ts from 'typescript';
import type { z } from 'zod';
import { code, table } from './blocks.ts';
import { keysOf } from './schema-keys.ts';
import { ROOT } from './source-files.ts';

/**
 * Lists the keys of the file. The schema gives the allowed values, and the comments of `Config`
 * give the meaning.
 */
export function configurationTable(fileSchema: z.ZodType): string {
  const meanings = new ConfigComments();
  return table(
    ['key', 'allowed', 'default', 'meaning'],
    keysOf(fileSchema).map(({ path, allowed, fallback }) => [
      code(path.join('.').replaceAll('.[]', '[]')),
      allowed,
      fallback,
      meanings.of(path),
    ]),
  );
}

/** The path of a key in `Config`, where composed lookups are in another map. */
function inConfig(path: readonly string[]): readonly string[] {
  if (path[0] !== 'lookups' || path[1] !== '<name>(composed)') return path;
  return ['composedLookups', '<name>', ...path.slice(2).map((step) => (step === 'compose' ? 'parts' : step))];
}

/** The comments of the interface `Config`, found by the path of a key. */
class ConfigComments {
  private readonly checker: ts.TypeChecker;
  private readonly config: ts.Type;

  constructor() {
    const file = join(ROOT, 'src/config/config.ts');
    const options: ts.CompilerOptions = {
      strict: true,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2024,
      types: [],
      noEmit: true,
    };
    const program = ts.createProgram([file], options);
    this.checker = program.getTypeChecker();
    const source = program.getSourceFile(file);
    const module = source && this.checker.getSymbolAtLocation(source);
    const symbol = module && this.checker.getExportsOfModule(module).find(({ name }) => name === 'Config');
    if (symbol === undefined) throw new Error('src/config/config.ts exports no Config');
    this.config = this.checker.getDeclaredTypeOfSymbol(symbol);
  }

  /** The comment of the last key of the path; empty if there is none. */
  of(path: readonly string[]): string {
    let types: readonly ts.Type[] = [this.config];
    let comment = '';
    for (const step of inConfig(path)) {
      const name = step.replace(/\(.*\)$/, '');
      if (name === '<name>' || name === '[]') {
        types = types.flatMap((type) => this.heldBy(type));
        continue;
      }
      const properties = types.flatMap((type) => type.getProperty(name) ?? []);
      comment = ts.displayPartsToString(properties[0]?.getDocumentationComment(this.checker) ?? []);
      const members = properties.flatMap((property) => this.membersOf(this.checker.getTypeOfSymbol(property)));
      types = this.variantsOf(members, /\((.*)\)$/.exec(step)?.[1]);
    }
    return inWordsOfYaml(comment.replace(/\s+/g, ' '), path);
  }

  /** The members of a union whose key `type` has this value. All members if no value is given. */
  private variantsOf(members: readonly ts.Type[], variant: string | undefined): readonly ts.Type[] {
    if (variant === undefined) return members;
    return members.filter((member) => {
      const type = member.getProperty('type');
      return type !== undefined && this.checker.typeToString(this.checker.getTypeOfSymbol(type)) === `"${variant}"`;
    });
  }

  /** The value of a map, or the item of a list. */
  private heldBy(type: ts.Type): readonly ts.Type[] {
    const held = this.checker.getTypeArguments(type as ts.TypeReference).at(-1);
    return held === undefined ? [] : this.membersOf(held);
  }

  private membersOf(type: ts.Type): readonly ts.Type[] {
    const present = this.checker.getNonNullableType(type);
    return present.isUnion() ? present.types : [present];
  }
}

/**
 * YAML knows no `undefined`, so the table says "no value" instead.
 *
 * @throws {Error} for a comment that uses `undefined` in another sentence
 */
export function inWordsOfYaml(comment: string, path: readonly string[]): string {
  const text = comment.replace(/`undefined`(, the default,)? means/g, 'No value$1 means');
  if (text.includes('`undefined`'))
    throw new Error(`${path.join('.')}: write "\`undefined\` means …" or "\`undefined\`, the default, means …"`);
  return text;
}
