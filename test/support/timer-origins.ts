import { createHook } from 'node:async_hooks';

/** Enough to reach the code of the project through a library. */
const FRAMES = 12;
const OWN_FRAME = /\/(?:src|test|node_modules)\//;

interface Origin {
  readonly timer: WeakRef<NodeJS.Timeout>;
  readonly place: { stack?: string };
}

/** Remembers where each timer was started, so that an alarm can name a timer that was left open. */
export class TimerOrigins {
  private readonly origins = new Map<number, Origin>();
  private readonly hook = createHook({
    init: (id, type, _trigger, resource) => {
      if (type === 'Timeout') this.remember(id, resource as NodeJS.Timeout);
    },
    destroy: (id) => void this.origins.delete(id),
    trackPromises: false,
  });

  start(): void {
    this.hook.enable();
  }

  stop(): void {
    this.hook.disable();
  }

  /** The call stacks of the timers that keep the process from ending. */
  running(): string[] {
    const kept = [...this.origins.values()].filter(({ timer }) => timer.deref()?.hasRef() === true);
    return kept.map(({ place: { stack = '' } }) => stack.split('\n').filter(isOwn).join('\n'));
  }

  private remember(id: number, timer: NodeJS.Timeout): void {
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = FRAMES;
    const place: Origin['place'] = {};
    Error.captureStackTrace(place);
    Error.stackTraceLimit = before;
    this.origins.set(id, { timer: new WeakRef(timer), place });
  }
}

function isOwn(frame: string): boolean {
  return OWN_FRAME.test(frame) && !frame.includes('timer-origins');
}
