/**
 * Defects that the model can have on purpose, and a schedule that finds each of them. After a
 * change of the schedules, `npm run prove -- heard-up-to` prints the first schedule of each.
 */
export const MUTANTS = {
  'near copies are served without the rule': 1,
  'near copies do not wait for deletions': 84,
  'H is noted before the effects': 10,
  'positions are committed before the effects': 144,
  'heartbeats of another region count as own': 2,
  'the greatest partition counts': 1,
  'the floor is ignored after a gap': 8,
  'new partitions are not declared': 2,
  'heartbeats carry the time of their append': 13,
  'a load has the time of its end': 15,
  'an invalidation does not end the load': 22,
  'the floor of a loss is ignored': 47,
  'nothing is read again after a loss': 24,
  'own records are skipped after a loss': 26,
  'marks are believed after a loss': 26,
  'a new process knows of no loss': 34,
  'repeated heartbeats of another region are new': 50,
} as const;

export type Mutant = keyof typeof MUTANTS;
