/** Series of one case: a selector and its values every 30 s, in the notation of promtool. */
export type Series = Readonly<Record<string, string>>;

/** 45 min of samples. */
export const SAMPLES = 90;
const JOB = 'job="datadip",instance="a"';

/** A metric with the labels of a scrape. */
export const named = (metric: string, labels = ''): string => `${metric}{${JOB}${labels === '' ? '' : `,${labels}`}}`;
export const constant = (value: number | string): string => `${value}x${SAMPLES}`;
/** A counter from 0 that grows by `step` every 30 s. */
export const growing = (step: number): string => `0+${step}x${SAMPLES}`;

/** Dips by source, per 30 s. */
export function dips(bySource: Readonly<Record<string, number>>): Series {
  return Object.fromEntries<string>(
    Object.entries(bySource).map(([source, step]) => [
      named('datadip_lookup_total', `lookup="c",source="${source}"`),
      growing(step),
    ]),
  );
}

/** 100 dips per 30 s, of which the given number are answered within each bound, in seconds. */
export function answers(within: Readonly<Record<string, number>>, all = 100): Series {
  const bucket = (le: string, step: number): [string, string] => [
    named('datadip_lookup_duration_seconds_bucket', `lookup="c",source="cache",le="${le}"`),
    growing(step),
  ];
  return {
    ...Object.fromEntries(Object.entries({ ...within, '+Inf': all }).map(([le, step]) => bucket(le, step))),
    [named('datadip_lookup_duration_seconds_count', 'lookup="c",source="cache"')]: growing(all),
    ...dips({ cache: all }),
  };
}

/** Calls of the system `crm` by outcome, per 30 s. */
export function calls(byOutcome: Readonly<Record<string, number>>): Series {
  return Object.fromEntries(
    Object.entries(byOutcome).map(([outcome, step]) => [
      named('datadip_origin_requests_total', `system="crm",outcome="${outcome}"`),
      growing(step),
    ]),
  );
}

export const gauge = (metric: string, value: number | string, labels = ''): Series => ({
  [named(metric, labels)]: constant(value),
});

/** Answers inside every target. */
export const FAST = { '0.03': 90, '0.08': 98, '0.1': 99, '0.3': 100 };

export function sheds(step: number): Series {
  return { [named('datadip_shed_total', 'system="crm",reason="queue",priority="ivr"')]: growing(step) };
}

export function token(expiresInS: number, ageS: number): Series {
  return {
    ...gauge('datadip_token_expires_in_seconds', expiresInS, 'platform="genesys"'),
    ...gauge('datadip_token_age_seconds', ageS, 'platform="genesys"'),
  };
}
