/** A member of a queue. It has at least one of the two parts. */
export interface Member {
  /** `isByRule`: the declaration has no score, and this is the score of the rule. */
  readonly declared?: { readonly score: number; readonly isByRule: boolean } | undefined;
  readonly read?: { readonly score: number; readonly atMs: number } | undefined;
}

export function readAtMs(member: Member | undefined): number {
  return member?.read?.atMs ?? 0;
}

/** The declared score counts while there is one. */
export function scoreOf({ declared, read }: Member): number | undefined {
  return declared?.score ?? read?.score;
}

/** `undefined` means that the membership has only a declared score. */
export function ruleScoreOf(member: Member | undefined): number | undefined {
  return member?.read?.score ?? (member?.declared?.isByRule === true ? member.declared.score : undefined);
}

/** The member with another score of the rule. A declared score stays. */
export function withRuleScore({ declared, read }: Member, score: number): Member {
  return {
    declared: declared?.isByRule === true ? { score, isByRule: true } : declared,
    read: read && { ...read, score },
  };
}
