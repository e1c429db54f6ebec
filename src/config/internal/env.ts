export type Env = Readonly<Record<string, string | undefined>>;

/** A variable's value. Set to nothing is not set: compose files and shells cannot always leave a name out. */
export function given(env: Env, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}
