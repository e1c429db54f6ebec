const WHY_UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'no permission to read it',
  EISDIR: 'it is a directory',
};

/** The reason in words why a file cannot be read. Never the content of the file. */
export function fileProblem(error: unknown): string {
  const { code = 'not a usable path' } = error as NodeJS.ErrnoException;
  return WHY_UNREADABLE[code] ?? code;
}
