import type { Path } from '../yaml/finding.js';
import type { GenesysEnvironment } from './genesys-environment.js';
import type { ServerConfig } from './server.js';

/** The parts of the environment that decide how the file is checked. */
export interface Surroundings {
  readonly mode: ServerConfig['mode'];
  readonly region: string;
  /** Whether the environment names the log between regions. */
  readonly usesKafka: boolean;
  readonly genesys: GenesysEnvironment;
}

/** The input of the checks that compare several keys. */
export interface CheckContext extends Surroundings {
  /** `false` if the place, or a place below it, is malformed and was left out of the sketch. */
  readonly isSound: (path: Path) => boolean;
}
