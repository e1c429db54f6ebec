import { z } from 'zod';
import { validate } from '../validation.js';

const SESSION = z.strictObject({
  /** The number of the agent that is logged in at the login host. `null`: no agent is. */
  agent: z.int().min(1).max(50_000).nullable(),
  /** The number of the agent's organization. */
  organization: z.int().min(1).max(1000),
});

type Session = Readonly<z.infer<typeof SESSION>>;

const DEFAULT: Session = { agent: 1, organization: 1 };

/** The agent that is logged in at the login host: the sandbox shows no login page. */
export class BrowserSession {
  private current = DEFAULT;

  get view(): Session {
    return this.current;
  }

  /** A refused change changes nothing. */
  change(change: object): Session {
    this.current = validate(SESSION, { ...this.current, ...change });
    return this.current;
  }

  reset(): Session {
    this.current = DEFAULT;
    return this.current;
  }
}
