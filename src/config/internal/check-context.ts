import type { Config } from '../config.js';
import type { FileSketch } from './file-sketch.js';
import type { Path } from './path.js';

/** What the rules across keys may look at. */
export interface CheckContext {
  readonly sketch: FileSketch;
  readonly mode: Config['mode'];
  /** False where something at this place or below it is malformed, so that what is seen of it is not the whole. */
  readonly isSound: (path: Path) => boolean;
}
