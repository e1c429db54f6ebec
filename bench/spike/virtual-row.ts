import { seededRandom } from '../../src/sandbox/seeded-random.ts';
import { serviceTimeMs, standardNormal } from '../../src/sandbox/service-time.ts';
import type { OriginCall } from '../../src/origins/origin-driver.js';
import type { Fare } from './crowd.ts';
import type { Course } from './figures.ts';
import type { Row } from './rows.ts';
import { DEADLINE_MS, type Service } from './virtual-services.ts';
import { takingOver, VirtualTime } from './virtual-time.ts';
import type { Look } from './watch.ts';

const SIGMA = 0.2;
const IVR_SHARE = 0.3;
const LOOKS_EVERY_MS = 100;
/** The round trip through sockets, parsers and both event loops, on an idle machine. */
const WIRE_MS = 2;

/** Runs a row for one service. The same seed gives the same callers and the same service times. */
export async function runVirtually(
  row: Row,
  { forMs, seed }: { readonly forMs: number; readonly seed: number },
  serviceOf: (time: VirtualTime, knee: () => number) => Service,
): Promise<Course> {
  const time = new VirtualTime();
  const knee = (): number => row.knee(Math.min(1, time.nowMs() / forMs));
  const origin = virtualOrigin(time, row, knee, seededRandom(seed + 1));
  const looks: Look[] = [];
  const look = (): void => {
    looks.push({ atMs: time.nowMs(), inFlight: origin.inFlight(), knee: knee() });
    time.after(LOOKS_EVERY_MS, look);
  };
  return takingOver(time, seededRandom(seed + 2), async () => {
    const fares = comeAndAsk(row, { time, forMs, random: seededRandom(seed) }, serviceOf(time, knee), () =>
      origin.call(),
    );
    look();
    await time.runUntil(forMs + 2 * DEADLINE_MS);
    return { fares, looks: looks.filter(({ atMs }) => atMs < forMs) };
  });
}

interface Street {
  readonly time: VirtualTime;
  readonly forMs: number;
  readonly random: () => number;
}

function comeAndAsk(
  row: Row,
  { time, forMs, random }: Street,
  service: Service,
  begin: () => OriginCall<true>,
): Fare[] {
  const fares: Fare[] = [];
  const come = (): void => {
    const askedAtMs = time.nowMs();
    if (askedAtMs >= forMs) return;
    const ivr = random() < IVR_SHARE;
    let open = true;
    const settle = (withData: boolean): void => {
      if (open) fares.push({ askedAtMs, ivr, withData, tookMs: time.nowMs() - askedAtMs });
      open = false;
    };
    void service.ask(ivr, begin).then(settle);
    time.after(DEADLINE_MS, () => settle(false));
    wait();
  };
  const wait = (): void => void time.after((-Math.log(1 - random()) * 1000) / row.wanted(time.nowMs() / forMs), come);
  wait();
  return fares;
}

/** The CRM of the sandbox, with its own formula for service times. */
function virtualOrigin(time: VirtualTime, { baseMs, gamma }: Row, knee: () => number, random: () => number) {
  let inFlight = 0;
  const call = (): OriginCall<true> => {
    inFlight++;
    const pace = { latencyMs: baseMs, latencySigma: SIGMA, knee: knee(), gamma };
    const takesMs = serviceTimeMs(pace, inFlight, standardNormal(random(), random()));
    const answer = new Promise<true>((resolve) => {
      time.after(takesMs, () => {
        inFlight--;
      });
      time.after(takesMs + WIRE_MS, () => resolve(true));
    });
    return { answer, ended: answer.then(() => undefined), abandon: () => undefined };
  };
  return { call, inFlight: () => inFlight };
}
