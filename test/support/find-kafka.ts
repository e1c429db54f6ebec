import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.js';
import { ensureCommands } from './find-redis.js';
import { singleBroker } from './kafka-settings.js';

const run = promisify(execFile);

const KAFKA = '4.1.2';
const LOG4J = '2.25.3';
const DOWNLOADS_WITHIN_MS = 5 * 60_000;
const FORMATS_WITHIN_MS = 60_000;

/** A short start and little memory are worth more to tests than fast code. */
const JAVA = ['-Xms96m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

const LOG4J2 = `
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.start.name = kafka.server.KafkaRaftServer
logger.start.level = info
`;

/** The files of Kafka in the cache folder of this user, outside the repository. */
export interface KafkaFiles {
  /** Arguments of `java` that come before the name of a class. */
  readonly java: readonly string[];
  /** An empty data folder of a single broker, to be copied. */
  readonly emptyData: string;
}

/**
 * Returns the files of Kafka. It installs Java and Maven if they are missing, and downloads Kafka
 * once: 43 MB, 10 s. Otherwise the error says in one line what is missing.
 */
export async function findKafka(): Promise<KafkaFiles> {
  const folder = join(cacheFolder(), `kafka-${KAFKA}`);
  ensureCommands(['java']);
  if (!existsSync(folder)) await download(folder);
  return filesIn(folder);
}

/** Formats a data folder. Returns after the folder can be used by `settingsFile`. */
export async function formatData(files: KafkaFiles, settingsFile: string, more: readonly string[] = []): Promise<void> {
  const tool = ['kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qg', '-c', settingsFile];
  await run('java', [...files.java, ...tool, ...more], { env: process.env, timeout: FORMATS_WITHIN_MS });
}

function filesIn(folder: string): KafkaFiles {
  const logging = `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`;
  return { java: [...JAVA, logging, '-cp', join(folder, 'libs', '*')], emptyData: join(folder, 'empty') };
}

/** Downloads into a new folder and renames it at the end, so that no run sees half a download. */
async function download(folder: string): Promise<void> {
  ensureCommands(['mvn']);
  await mkdir(cacheFolder(), { recursive: true });
  const part = await mkdtemp(`${folder}-`);
  try {
    await fill(part);
    await rename(part, folder);
  } catch (error) {
    // Another run may have finished first.
    if (!existsSync(folder)) throw missing(error);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

async function fill(part: string): Promise<void> {
  await writeFile(join(part, 'pom.xml'), pom());
  await writeFile(join(part, 'log4j2.properties'), LOG4J2);
  const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(part, 'libs')}`];
  const quietly = ['-q', '-B', '--strict-checksums', '-f', join(part, 'pom.xml')];
  await run('mvn', [...quietly, ...copy], { env: process.env, timeout: DOWNLOADS_WITHIN_MS });
  const settings = join(part, 'format.properties');
  await writeFile(settings, singleBroker({ data: join(part, 'empty'), internalPort: 1, controllerPort: 2, links: [] }));
  await formatData(filesIn(part), settings);
}

/** Kafka logs only with a binding of its logger: without one, a failed start says nothing. */
function pom(): string {
  const dependencies = [
    ['org.apache.kafka', 'kafka_2.13', KAFKA],
    ['org.apache.logging.log4j', 'log4j-slf4j-impl', LOG4J],
  ].map(([group, artifact, version]) =>
    tag('dependency', tag('groupId', group) + tag('artifactId', artifact) + tag('version', version)),
  );
  const own = tag('groupId', 'local') + tag('artifactId', 'kafka-for-tests') + tag('version', '1');
  return tag(
    'project',
    `${tag('modelVersion', '4.0.0')}${own}${tag('packaging', 'pom')}${tag('dependencies', dependencies.join(''))}`,
  );
}

function tag(name: string, content = ''): string {
  return `<${name}>${content}</${name}>`;
}

function missing(cause: unknown): Error {
  const text = `The tests need Kafka ${KAFKA} and cannot download it from Maven Central by mvn: allow the download, or copy ~/.cache/datadip/kafka-${KAFKA} from another machine.`;
  return new Error(text, { cause });
}
