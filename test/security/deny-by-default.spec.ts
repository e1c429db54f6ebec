import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Post, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { pino } from 'pino';
import { ConfigModule } from '../../src/config/config.module.js';
import { AuthModule } from '../../src/modules/auth/auth.module.js';
import { RequiresScope } from '../../src/modules/auth/requires-scope.decorator.js';
import { LoggingModule } from '../../src/platform/logging/logging.module.js';
import { loadText, NAMES, FULL } from '../fixtures/config/load-text.js';

@Controller('forgotten')
class Forgotten {
  @Get('declared')
  @RequiresScope('operate')
  declared(): string {
    return 'for operators';
  }

  @Get('everything')
  everything(): string {
    return 'for nobody';
  }

  @Post('everything')
  change(): string {
    return 'for nobody';
  }
}

@Controller('declared')
@RequiresScope('operate')
class Declared {
  @Get()
  answer(): string {
    return this.words();
  }

  /** No route. */
  words(): string {
    return 'for operators';
  }
}

async function starting(controller: Type): Promise<void> {
  const config = loadText(FULL, NAMES);
  const around = [ConfigModule.register(config), LoggingModule.register(pino({ level: 'silent' }))];
  @Module({ imports: [...around, AuthModule], controllers: [controller] })
  class House {}
  const app = await NestFactory.create(House, { logger: false, abortOnError: false });
  try {
    await app.init();
  } finally {
    await app.close();
  }
}

describe('an application', () => {
  it('with a route that declares no scope does not start, and names each of them', async () => {
    await expect(starting(Forgotten)).rejects.toThrow(
      'routes without @RequiresScope: Forgotten.everything, Forgotten.change',
    );
  });

  it('starts where every route declares one, itself or by its controller', async () => {
    await expect(starting(Declared)).resolves.toBeUndefined();
  });
});
