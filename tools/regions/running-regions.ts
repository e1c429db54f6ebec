import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSandboxProcess, type SandboxProcess } from '../../test/support/sandbox-process.js';
import type { RegionSite } from '../../test/support/regions/region-site.js';
import { startThreeRegions, type ThreeRegions } from '../../test/support/three-regions.js';
import { reportOf } from './report.ts';
import { REGIONS, type Command } from './words.ts';
import { viewOf, type RegionRow } from './view.ts';

const ROOT = join(import.meta.dirname, '../..');
/** The sandbox listens here, and the regions on the next ports. */
const FIRST_PORT = 3100;
const HOME = 'us';
const MAX_NOTES = 6;

/** The settings of a region that the view needs, all at their defaults. */
const BLIND_AFTER_S = 10;
const SILENT_AFTER_S = 30;

/** Three regions with their sandbox, what was done to them, and how they are. */
export class RunningRegions {
  private readonly regions: ThreeRegions;
  private readonly sandbox: SandboxProcess;
  private readonly notes: string[] = [];
  private readonly warned = new Map<string, number>();
  private isKafkaUp = true;

  private constructor(regions: ThreeRegions, sandbox: SandboxProcess) {
    this.regions = regions;
    this.sandbox = sandbox;
  }

  static async start(): Promise<RunningRegions> {
    const sandbox = await startSandboxProcess(FIRST_PORT);
    try {
      const regions = await startThreeRegions({
        names: REGIONS,
        store: 'cluster',
        yaml: await readFile(join(ROOT, 'src/config/bundled/sandbox.yaml'), 'utf8'),
        regions: { home: HOME },
        env: () => ({ CRM_BASE_URL: sandbox.url, LOG_LEVEL: 'warn' }),
        callerKey: 'demo',
        portOf: (name) => FIRST_PORT + 1 + REGIONS.indexOf(name),
      });
      return new RunningRegions(regions, sandbox);
    } catch (error) {
      await sandbox.stop();
      throw error;
    }
  }

  /** Carries out a command, and returns the text for the terminal that gave it. */
  async run(command: Command): Promise<string> {
    const done = await this.change(command);
    if (command.kind === 'status') return done;
    this.note(done);
    return `${done}. Watch the view, or run: npm run regions -- status`;
  }

  async view(): Promise<string[]> {
    this.noteWarnings();
    return viewOf({
      at: new Date(),
      sandboxUrl: this.sandbox.url,
      kafka: { address: this.regions.kafka.address, running: this.isKafkaUp },
      rows: await Promise.all(this.regions.sites.map((site) => this.rowOf(site))),
      notes: this.notes,
      ...{ blindAfterS: BLIND_AFTER_S, silentAfterS: SILENT_AFTER_S },
    });
  }

  async stop(): Promise<void> {
    await this.regions.stop();
    await this.sandbox.stop();
  }

  private async change(command: Command): Promise<string> {
    switch (command.kind) {
      case 'cut':
      case 'blackhole':
      case 'heal':
        await this.regions[command.kind](command.region);
        return `${command.kind} ${command.region}: done`;
      case 'slow':
        await this.regions.slow(command.region, command.oneWayMs);
        return `slow ${command.region}: ${command.oneWayMs} ms each way`;
      case 'kill-broker':
        this.isKafkaUp = false;
        await this.regions.killBroker();
        return 'kill-broker: Kafka is down';
      case 'start-broker':
        if (this.isKafkaUp) throw new Error('Kafka runs');
        await this.regions.startBroker();
        this.isKafkaUp = true;
        return 'start-broker: Kafka runs';
      case 'status':
        return (await this.view()).join('\n');
    }
  }

  private async rowOf(site: RegionSite): Promise<RegionRow> {
    const report = await reportOf(site).catch(() => undefined);
    return { name: site.name, url: site.url(), link: this.regions.links.stateOf(site.name), report };
  }

  /** Shows the log lines that came since the last view: all of them are warnings or worse. */
  private noteWarnings(): void {
    for (const { name, logs } of this.regions.sites) {
      const lines = logs.slice(this.warned.get(name) ?? 0);
      this.warned.set(name, logs.length);
      const warnings = lines.filter(({ level }) => level === undefined || Number(level) >= 40 || level === 'warn');
      for (const { msg } of warnings.slice(-2)) this.note(`${name}: ${String(msg)}`);
    }
  }

  private note(text: string): void {
    this.notes.push(`${new Date().toISOString().slice(11, 19)}  ${text}`);
    this.notes.splice(0, this.notes.length - MAX_NOTES);
  }
}
