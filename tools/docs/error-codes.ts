import ts from 'typescript';
import { code, table } from './blocks.ts';
import { literalText, nodesOf, parseFiles } from './source-files.ts';

/** How the code creates one problem document. */
interface ProblemSite {
  readonly code: string;
  readonly status: string;
  readonly title: string;
}

/**
 * Lists every `ProblemCode` with the statuses and titles the code gives it.
 *
 * @throws {Error} if a code of the type is never used with a literal: the table would miss it
 */
export function errorCodesTable(): string {
  const files = parseFiles('src/**/*.ts');
  const sites = files.flatMap(problemSites);
  const declared = files.flatMap(declaredCodes);
  const missing = declared.filter((name) => !sites.some((site) => site.code === name));
  if (missing.length > 0) throw new Error(`no problem is created with the code ${missing.join(', ')}`);
  const rows = declared.map((name) => {
    const own = sites.filter((site) => site.code === name);
    const statuses = [...new Set(own.map(({ status }) => status))].sort();
    const titles = [...new Set(own.map(({ title }) => title))].sort();
    return [code(name), statuses.join(', '), titles.join('; ')];
  });
  return table(['code', 'status', 'title'], rows);
}

/** `new SomeProblem(code, status, title, …)` with literal code and status. */
function problemSites(file: ts.SourceFile): ProblemSite[] {
  const sites: ProblemSite[] = [];
  for (const node of nodesOf(file)) {
    if (!ts.isNewExpression(node) || !node.expression.getText().endsWith('Problem')) continue;
    const [codeNode, statusNode, titleNode] = node.arguments ?? [];
    const name = literalText(codeNode);
    if (name === undefined) continue;
    const status = statusNode !== undefined && ts.isNumericLiteral(statusNode) ? statusNode.text : 'varies';
    sites.push({ code: name, status, title: literalText(declared(titleNode)) ?? '…' });
  }
  return sites;
}

/** The value of a constant that the same block declares, in place of its name. */
function declared(node: ts.Node | undefined): ts.Node | undefined {
  if (node === undefined || !ts.isIdentifier(node)) return node;
  const block = ts.findAncestor(node, ts.isBlock);
  const declarations = block?.statements
    .filter(ts.isVariableStatement)
    .flatMap((each) => [...each.declarationList.declarations]);
  return declarations?.find(({ name }) => name.getText() === node.text)?.initializer;
}

/** The literals of the types that name problem codes. */
function declaredCodes(file: ts.SourceFile): string[] {
  const names: string[] = [];
  for (const node of nodesOf(file)) {
    if (!ts.isTypeAliasDeclaration(node) || !/^(ProblemCode|OAuthErrorCode)$/.test(node.name.text)) continue;
    for (const part of nodesOf(node.type))
      if (ts.isLiteralTypeNode(part) && ts.isStringLiteral(part.literal)) names.push(part.literal.text);
  }
  return names;
}
