import { jest } from '@jest/globals';
import type { Scheduler } from 'fast-check';
import type { Dip, LoadedAnswer } from '../../../src/contracts/dip.js';
import { Deadline } from '../../../src/kernel/deadline.js';
import { OriginFailure, StoreUnavailable } from '../../../src/kernel/errors.js';
import type { Chronicle, ReadSeen } from './chronicle.js';
import { MessageLane } from './message-lane.js';
import { newPlay, type Play } from './play.js';
import { startProcess, type Process } from './process.js';
import type { Command, Simulation } from './simulation.js';
import { Time } from './time.js';
import { WiredIndex } from './wired-index.js';
import { WiredStore } from './wired-store.js';

const CUSTOMER = { tenant: '10001', hash: 'c-17' };
/** The time that passes when all actors wait. It wakes a process that polls. */
const NUDGE_MS = 100;
/** Together longer than a lease, a backoff and a deadline. */
const NUDGES = 60;
/** No process stores a value longer. */
const BETWEEN_PLAYS_MS = 3_600_000;

interface Member extends Process {
  readonly lane: MessageLane;
}

/**
 * Processes of the service that play one scene after another. The processes are reused, because the
 * bounded maps of a new process take 15 ms to set up, and a play takes 4 ms. Each play has a
 * separate store and separate keys, and begins an hour later.
 */
export class World {
  private readonly time = new Time();
  private readonly members: readonly Member[];
  private plays = 0;
  private loadsFail: Iterator<boolean> = [].values();
  private current: Play | undefined;

  constructor(private readonly scene: Pick<Simulation, 'processes' | 'deadlineMs' | 'noticesEveryLoss'>) {
    this.members = Array.from({ length: scene.processes }, (_, process) => this.startMember(process));
  }

  /**
   * Plays a scene in the order of a schedule, and returns its observations. Rejects if an actor
   * never ends, or if a load or a timer is left open.
   */
  async play(scene: Simulation, schedule: Scheduler): Promise<Chronicle> {
    this.time.pass(BETWEEN_PLAYS_MS);
    this.time.tickMs = scene.tickMs;
    this.plays += 1;
    this.loadsFail = scene.loadsFail.values();
    this.current = newPlay(scene, schedule, this.time);
    this.passOnMessages(this.current);
    for (const { commands, thenMs } of scene.rounds) {
      await this.rest(schedule, Promise.all(commands.map((command) => this.act(scene, command))));
      this.time.pass(thenMs);
    }
    return this.current.chronicle;
  }

  private startMember(process: number): Member {
    const play = (): Play => this.now();
    const { noticesEveryLoss, deadlineMs } = this.scene;
    const lane = new MessageLane(process, play, noticesEveryLoss);
    const [store, index] = [new WiredStore(process, play), new WiredIndex(play)];
    return { ...startProcess({ store, index, bus: lane, clock: this.time.clock, deadlineMs }), lane };
  }

  private passOnMessages({ bus, chronicle }: Play): void {
    bus.subscribe('entry.load-finished', (event) => this.members.forEach(({ lane }) => lane.send(event)));
    bus.subscribe('entry.deleted', (event) => {
      const { position } = chronicle.deleted(event.data.key);
      for (const { lane } of this.members) lane.send(event, position);
    });
  }

  private async act(scene: Simulation, command: Command): Promise<void> {
    await this.now().wire.steps(command.afterSteps, command.kind);
    switch (command.kind) {
      case 'dip':
        return this.dip(scene, command.process, `${command.key}-${this.plays}`);
      case 'invalidate':
        return this.invalidate(this.member(command.process), command.critical);
      case 'pass':
        this.time.pass(command.ms);
        return;
      case 'cut':
        return this.member(command.process).lane.breakForAWhile();
    }
  }

  private async dip(scene: Simulation, process: number, key: string): Promise<void> {
    const { chronicle } = this.now();
    const read = chronicle.readStarted(key, process);
    const outcome = await this.member(process).lookupCache.answer(this.dipOf(scene, key), {
      load: () => this.load(read, scene.loadSteps),
    });
    read.ended = chronicle.now();
    read.source = outcome.source;
    if ('text' in outcome) read.text = outcome.text;
  }

  private async load(read: ReadSeen, loadSteps: number): Promise<LoadedAnswer> {
    const { chronicle, wire } = this.now();
    const fails = this.loadsFail.next().value === true;
    const load = chronicle.loadBegan(read);
    await wire.steps(loadSteps, load.text);
    load.ended = chronicle.now();
    if (fails) throw new OriginFailure('origin_error', 'the scene lets this load fail');
    return { found: true, text: load.text, customer: CUSTOMER };
  }

  private async invalidate({ invalidator }: Member, critical: boolean): Promise<void> {
    const { chronicle } = this.now();
    const eventHash = chronicle.nextEvent();
    for (let attempt = 1; attempt <= 2; attempt++) {
      try {
        const deadline = new Deadline(this.time.clock, this.time.clock.nowMs() + BETWEEN_PLAYS_MS);
        await invalidator.invalidate({ customer: CUSTOMER, others: [], entryKeys: [], eventHash, critical, deadline });
        chronicle.acknowledged(eventHash);
        return;
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
      }
    }
  }

  private dipOf({ policy: cache, deadlineMs }: Simulation, key: string): Dip {
    const { clock } = this.time;
    return {
      lookup: {
        name: 'customer',
        fields: new Map(),
        cache,
        priority: 'ivr',
        format: '1-aaaa',
        readable: () => true,
        converted: (text) => text,
        defaults: '{}',
      },
      tenant: CUSTOMER.tenant,
      subject: { identifier: { input: 'ani', hashed: key, atOrigin: key }, entryKey: key },
      deadline: new Deadline(clock, clock.nowMs() + deadlineMs),
      whenDegraded: 'answer',
    };
  }

  /** Waits until all actors have ended and no load or timer is open. */
  private async rest(schedule: Scheduler, work: Promise<unknown>): Promise<void> {
    const end: { isDone: boolean; failure?: unknown } = { isDone: false };
    work.then(
      () => (end.isDone = true),
      (error: unknown) => (end.failure = error),
    );
    for (let nudge = 0; nudge < NUDGES; nudge++) {
      await schedule.waitIdle();
      if (end.failure !== undefined) throw new Error('an actor failed', { cause: end.failure });
      const isQuiet = this.members.every(({ guard }) => guard.runningLoads === 0) && jest.getTimerCount() === 0;
      if (end.isDone && isQuiet) return;
      this.time.pass(NUDGE_MS);
    }
    throw new Error(end.isDone ? 'loads or timers are left open' : 'an actor waits forever');
  }

  private now(): Play {
    if (this.current === undefined) throw new Error('no scene is played');
    return this.current;
  }

  private member(process: number): Member {
    const member = this.members[process];
    if (member === undefined) throw new Error(`there is no process ${process}`);
    return member;
  }
}
