import { Injectable, type OnModuleInit } from '@nestjs/common';
import { JobScheduler } from '../../platform/scheduler/job-scheduler.js';
import { TokenManagers } from './token-managers.js';

/** Time between two checks. The shortest token lifetime that Datadip accepts is 1 s. */
const EVERY_MS = 200;

/**
 * Replaces tokens before they expire. The first tokens are requested while the application starts.
 */
@Injectable()
export class RefreshTokensJob implements OnModuleInit {
  constructor(
    private readonly scheduler: JobScheduler,
    private readonly managers: TokenManagers,
  ) {}

  onModuleInit(): void {
    this.managers.refreshIfDue();
    this.scheduler.schedule({
      name: 'refresh tokens',
      schedule: { everyMs: EVERY_MS },
      run: () => this.managers.refreshIfDue(),
    });
  }
}
