import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Post, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule } from '../../src/config/config.module.js';
import { AuthModule } from '../../src/modules/auth/auth.module.js';
import { RequiresScope } from '../../src/modules/auth/requires-scope.decorator.js';
import { LoggingModule } from '../../src/platform/logging/logging.module.js';
import { createLogs } from '../../src/platform/logging/root-logger.js';
import { loadText, NAMES, FULL } from '../fixtures/config/load-text.js';

@Controller('undeclared')
class Undeclared {
  @Get('declared')
  @RequiresScope('operate')
  declared(): string {
    return 'for operators';
  }

  @Get('everything')
  everything(): string {
    return 'without a scope';
  }

  @Post('everything')
  change(): string {
    return 'without a scope';
  }
}

@Controller('declared')
@RequiresScope('operate')
class Declared {
  @Get()
  answer(): string {
    return this.words();
  }

  /** Without a route decorator the method is not a route. */
  words(): string {
    return 'for operators';
  }
}

async function start(controller: Type): Promise<void> {
  const config = loadText(FULL, NAMES);
  const out = { write: () => undefined };
  const logs = createLogs('silent', 'local', { service: out, audit: out, anonymous: out });
  const modules = [ConfigModule.register(config), LoggingModule.register(logs)];
  @Module({ imports: [...modules, AuthModule], controllers: [controller] })
  class TestModule {}
  const app = await NestFactory.create(TestModule, { logger: false, abortOnError: false });
  try {
    await app.init();
  } finally {
    await app.close();
  }
}

describe('the scope declarations of routes', () => {
  it('refuses to start with routes that declare no scope, and names each route', async () => {
    await expect(start(Undeclared)).rejects.toThrow(
      'routes without @RequiresScope: Undeclared.everything, Undeclared.change',
    );
  });

  it('starts when every route or its controller declares a scope', async () => {
    await expect(start(Declared)).resolves.toBeUndefined();
  });
});
