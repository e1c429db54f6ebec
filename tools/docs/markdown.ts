/** Reads links, paths and headings of a Markdown page. */

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
/** A path of this repository in backticks: a file with an extension, or a folder with its slash. */
const PATH = /`((?:src|test|bench|docs|tools|\.ci)\/[A-Za-z0-9_./-]*(?:\.[a-z]{2,4}|\/))`/g;
/** The name of a source file in backticks, without its folder. */
const FILE_NAME = /`([a-z0-9][a-z0-9.-]*\.(?:ts|lua))`/g;

/** Relative links, in order. */
export function linksOf(page: string): string[] {
  return [...withoutCode(page).matchAll(LINK)].map(([, link = '']) => link).filter((link) => !/^[a-z]+:/.test(link));
}

/** Paths of files and folders in backticks. */
export function pathsOf(page: string): string[] {
  return [...withoutCode(page).matchAll(PATH)].map(([, path = '']) => path);
}

/** Names of source files in backticks that stand without a folder. */
export function fileNamesOf(page: string): string[] {
  return [...withoutCode(page).matchAll(FILE_NAME)].map(([, name = '']) => name);
}

/** The anchors of the headings, as GitHub makes them. */
export function headingsOf(page: string): string[] {
  const headings = [...withoutCode(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, text = '']) => text);
  return headings.map((text) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Without code blocks: their lines are no links. */
function withoutCode(page: string): string {
  return page.replace(/^```[^]*?^```/gm, '');
}
