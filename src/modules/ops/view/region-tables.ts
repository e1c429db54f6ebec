import type { HeardProcess } from '../region/heard-processes.js';
import type { RegionState } from '../region/region-state.js';
import type { ProcessSample } from '../sampling/process-sample.js';
import { BOUNDS, findingOf, judge, worst, type Finding, type State } from './judgement.js';
import { ago, amount, duration, stateCell, whole, type Cell, type Judged } from './table.js';

/** The characters of an id that tell the processes of a machine apart. */
const ID_LENGTH = 8;

/** Redis, the messages between processes and the log between regions, as the worst process sees. */
export function connectionTable({ heard }: RegionState): Judged {
  const parts = [storePart(heard), channelPart(heard), busPart(heard)];
  return {
    tables: [
      {
        id: 'connections',
        title: 'Redis and messages',
        columns: ['connection', 'state', 'details'],
        rows: parts.map(({ row }) => row),
      },
    ],
    findings: parts.flatMap(({ findings }) => findings),
  };
}

interface Part {
  readonly row: readonly Cell[];
  readonly findings: readonly Finding[];
}

function storePart(heard: readonly ProcessSample[]): Part {
  const stores = heard.map(({ store }) => store);
  const bad = stores.find(({ state }) => state === 'away') ?? stores.find(({ state }) => state === 'degraded');
  if (stores.every(({ state }) => state === 'none'))
    return { row: ['Redis', stateCell('none', 'not configured'), 'Each process has its own entries.'], findings: [] };
  if (bad === undefined) return { row: ['Redis', stateCell('well'), ''], findings: [] };
  const state = bad.state === 'away' ? 'alarm' : 'watch';
  const processes = stores.filter((store) => store.state === bad.state).length;
  return {
    row: ['Redis', stateCell(state, bad.state), `${bad.text}; ${processes} of ${heard.length} processes`],
    findings: findingOf(state, bad.state === 'away' ? 'Redis is away' : 'Redis does not serve fully'),
  };
}

function channelPart(heard: readonly ProcessSample[]): Part {
  const deaf = heard.filter(({ hearsMessages }) => !hearsMessages).length;
  if (deaf === 0) return { row: ['messages between processes', stateCell('well'), ''], findings: [] };
  const details = `${deaf} of ${heard.length} processes hear no messages. This page may lack processes.`;
  return {
    row: ['messages between processes', stateCell('alarm', 'not heard'), details],
    findings: findingOf('alarm', 'messages between processes do not arrive'),
  };
}

function busPart(heard: readonly ProcessSample[]): Part {
  const buses = heard.flatMap(({ bus }) => bus ?? []);
  if (buses.length === 0)
    return { row: ['log between regions', stateCell('none', 'not configured'), ''], findings: [] };
  const bad = buses.find(({ state }) => state !== 'connected');
  const lag = buses.reduce((sum, bus) => sum + bus.lag, 0);
  const outbox = Math.max(...buses.map((bus) => bus.outbox));
  const ages = buses.flatMap(({ heardAgeS }) => heardAgeS ?? []);
  const heardText = ages.length === 0 ? 'nothing heard yet' : `all heard up to ${amount(Math.max(...ages))} s ago`;
  const state = bad === undefined ? 'well' : 'alarm';
  return {
    row: [
      'log between regions',
      stateCell(state, bad?.state ?? 'connected'),
      `${heardText}; ${whole(lag)} records to read; ${whole(outbox)} events wait in the outbox`,
    ],
    findings: findingOf(state, 'the log between regions is away'),
  };
}

/** Which other regions this region hears. */
export function otherRegionsTable({ heard }: RegionState, own: string): Judged {
  const byName = Map.groupBy(
    heard.flatMap(({ regions }) => regions),
    ({ name }) => name,
  );
  const rows = [...byName].map(([name, views]) => {
    const ages = views.flatMap(({ ageS }) => ageS ?? []);
    const isSilent = ages.length === 0 || views.some((view) => view.isSilent);
    const age = ages.length === 0 ? 'never' : ago(1000 * Math.min(...ages));
    return {
      name,
      isSilent,
      row: [own, name, age, stateCell(isSilent ? 'alarm' : 'well', isSilent ? 'silent' : 'heard')],
    };
  });
  return {
    tables: [
      {
        id: 'regions',
        title: 'Regions',
        columns: ['region', 'hears', 'last heard', 'state'],
        rows: rows.map(({ row }) => row),
        empty: 'There is a single region.',
        ...(rows.length === 0 ? {} : { note: 'The page of another region says which regions that region hears.' }),
      },
    ],
    findings: rows.flatMap(({ name, isSilent }) =>
      findingOf(isSilent ? 'alarm' : 'well', `region ${name} is not heard`),
    ),
  };
}

/** The processes of the region, the worst first. */
export function processTable({ processes }: RegionState, nowMs: number): Judged {
  const judged = processes.map((process) => ({ process, state: processState(process) }));
  const rows = judged
    .toSorted((one, other) => Number(other.state !== 'well') - Number(one.state !== 'well'))
    .map(({ process, state }) => processRow(process, state, nowMs));
  const silent = processes.filter(({ isHeard }) => !isHeard).length;
  return {
    tables: [
      {
        id: 'processes',
        title: 'Processes',
        columns: ['process', 'state', 'version', 'up for', 'requests in flight', 'event-loop delay', 'Redis', 'heard'],
        rows,
      },
    ],
    findings: findingOf(silent === 0 ? 'well' : 'watch', 'a process is no longer heard'),
  };
}

function processState({ latest, isHeard }: HeardProcess): State {
  if (!isHeard) return 'watch';
  return worst([
    judge(latest.loopMaxMs, BOUNDS.loopDelay),
    latest.lifecycle === 'ready' ? 'well' : 'watch',
    latest.store.state === 'away' ? 'alarm' : 'well',
  ]);
}

function processRow({ latest, heardAtMs, isHeard }: HeardProcess, state: State, nowMs: number): readonly Cell[] {
  const { host, process, lifecycle, release, upS, requestsInFlight, loopMaxMs, store } = latest;
  return [
    `${host} ${process.slice(0, ID_LENGTH)}`,
    stateCell(state, isHeard ? lifecycle : 'not heard'),
    release,
    duration(upS),
    whole(requestsInFlight),
    amount(loopMaxMs, 'ms'),
    store.state === 'none' ? 'not configured' : store.state,
    ago(nowMs - heardAtMs),
  ];
}

/** The parts that the health pages of the processes show as degraded. */
export function troubleTable({ heard }: RegionState): Judged {
  const troubles = new Map(heard.flatMap(({ troubles: parts }) => parts).map(({ part, text }) => [part, text]));
  return {
    tables: [
      {
        id: 'troubles',
        title: 'Degraded parts',
        columns: ['part', 'state', 'details'],
        rows: [...troubles].map(([part, text]) => [part, stateCell('watch', 'degraded'), text]),
        empty: 'No part is degraded.',
      },
    ],
    findings: [...troubles.keys()].flatMap((part) => findingOf('watch', `${part} is degraded`)),
  };
}
