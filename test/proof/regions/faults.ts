import { setTimeout as sleep } from 'node:timers/promises';
import { commandOn } from '../cluster.js';
import { slotsMoving, untilHealthy } from '../cluster-faults.js';
import type { FaultKind } from '../faults.js';
import { randomItem } from '../random-item.js';
import { eventually } from '../../support/eventually.js';
import type { RegionsStage } from './stage.js';

const BACK_WITHIN = { withinMs: 60_000 };

type RegionFault = FaultKind<RegionsStage>;

/** The faults of the short form: each has another cause. */
export const COMMON_FAULTS: readonly RegionFault[] = [
  { name: 'a region cut off', lastsMs: 2500, inject: regionCut },
  { name: 'a region in a black hole', lastsMs: 2500, inject: regionHeld },
  { name: 'slots moving', lastsMs: 1000, inject: slotsMovingSomewhere },
  { name: 'Kafka hung', lastsMs: 2500, inject: kafkaHung },
];

/** All faults, for regions whose masters have replicas. */
export const ALL_FAULTS: readonly RegionFault[] = [
  ...COMMON_FAULTS,
  { name: 'a region cut off from Kafka alone', lastsMs: 5000, inject: busCut },
  { name: 'two regions cut off', lastsMs: 5000, inject: twoRegionsCut },
  { name: 'slow links', lastsMs: 4000, inject: linksSlow },
  { name: 'Kafka hung for long', lastsMs: 9000, inject: kafkaHung },
  { name: 'Kafka killed', lastsMs: 1000, inject: kafkaKilled },
  { name: 'a process killed', lastsMs: 0, inject: processKilled },
  { name: 'a process frozen', lastsMs: 4000, inject: processFrozen },
  { name: 'a master killed, its replica promoted', lastsMs: 1000, inject: masterKilled },
];

async function regionCut({ regions }: RegionsStage, lastsMs: number): Promise<void> {
  const { name } = randomItem(regions.sites);
  await regions.cut(name);
  await sleep(lastsMs);
  await regions.heal(name);
}

async function regionHeld({ regions }: RegionsStage, lastsMs: number): Promise<void> {
  const { name } = randomItem(regions.sites);
  await regions.blackhole(name);
  await sleep(lastsMs);
  await regions.heal(name);
}

async function busCut({ regions }: RegionsStage, lastsMs: number): Promise<void> {
  const { name } = randomItem(regions.sites);
  await regions.cut(name, 'bus');
  await sleep(lastsMs);
  await regions.heal(name, 'bus');
}

async function twoRegionsCut({ regions }: RegionsStage, lastsMs: number): Promise<void> {
  const { name: spared } = randomItem(regions.sites);
  const cut = regions.sites.filter(({ name }) => name !== spared);
  for (const { name } of cut) await regions.cut(name);
  await sleep(lastsMs);
  for (const { name } of cut) await regions.heal(name);
}

async function linksSlow({ regions }: RegionsStage, lastsMs: number): Promise<void> {
  for (const { name } of regions.sites) await regions.slow(name, 20 + Math.random() * 150);
  await sleep(lastsMs);
  for (const { name } of regions.sites) await regions.heal(name);
}

async function kafkaHung({ regions }: RegionsStage, lastsMs: number): Promise<void> {
  await regions.kafka.pause();
  await sleep(lastsMs);
  await regions.kafka.resume();
}

async function kafkaKilled({ regions }: RegionsStage, lastsMs: number): Promise<void> {
  await regions.killBroker();
  await sleep(lastsMs);
  await regions.startBroker();
}

async function processKilled({ regions }: RegionsStage): Promise<void> {
  await regions.replaceProcess(randomItem(regions.sites).name);
}

async function processFrozen({ regions }: RegionsStage, lastsMs: number): Promise<void> {
  const process = randomItem(regions.sites).process();
  process.signal('SIGSTOP');
  await sleep(lastsMs);
  process.signal('SIGCONT');
}

async function slotsMovingSomewhere({ regions }: RegionsStage, lastsMs: number): Promise<void> {
  await slotsMoving({ masters: randomItem(regions.sites).store.masters }, lastsMs);
}

/** The replica takes over, the killed node comes back as its replica, and takes its slots again. */
async function masterKilled({ regions, losses }: RegionsStage, lastsMs: number): Promise<void> {
  const { name: region, store } = randomItem(regions.sites);
  const { masters, replicas } = store;
  const at = Math.floor(Math.random() * masters.length);
  const [master, replica] = [masters[at], replicas[at]];
  if (master === undefined || replica === undefined) throw new Error('the region has no replicas');
  losses.push({ region, atMs: performance.now() });
  await master.kill();
  losses.push({ region, atMs: performance.now() });
  await commandOn(replica, 'CLUSTER', 'FAILOVER', 'TAKEOVER');
  await sleep(lastsMs);
  await master.restartFromSnapshot();
  await eventually(async () => {
    const replication = String(await commandOn(master, 'INFO', 'replication'));
    if (!/role:slave[^]*master_link_status:up/.test(replication)) throw new Error('the node is no replica in sync yet');
  }, BACK_WITHIN);
  await commandOn(master, 'CLUSTER', 'FAILOVER');
  await eventually(async () => {
    if (!String(await commandOn(master, 'INFO', 'replication')).includes('role:master'))
      throw new Error('the node is no master yet');
  }, BACK_WITHIN);
  await untilHealthy(masters);
}
