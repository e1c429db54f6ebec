import type { Surroundings } from './environment.js';
import type { FileSketch } from './file-sketch.js';
import type { Path } from './path.js';

/** What the rules across keys may look at. */
export interface CheckContext extends Surroundings {
  readonly sketch: FileSketch;
  /** False where something at this place or below it is malformed, so that what is seen of it is not the whole. */
  readonly isSound: (path: Path) => boolean;
}
