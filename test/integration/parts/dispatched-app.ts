import 'reflect-metadata';
import {
  Catch,
  Controller,
  Get,
  Module,
  Param,
  Post,
  Query,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { composeMiddleware, type Middleware } from '../../../src/platform/http/fast/compose-middleware.js';
import { DatadipExpressAdapter } from '../../../src/platform/http/fast/datadip-express-adapter.js';
import { RouteOptions } from '../../../src/platform/http/route-options.js';
import { RouteTable } from '../../../src/platform/http/route-table.js';

@Controller('things')
class Things {
  @Get()
  list(@Query() query: Record<string, unknown>): unknown {
    return { route: 'list', query };
  }

  @Get(':id')
  read(@Param() params: unknown, @Query('part') part: unknown): unknown {
    return { route: 'read', params, part };
  }

  @Post(':id')
  write(@Param('id') id: string): unknown {
    return { route: 'write', id };
  }

  @Get(':id/parts/:part')
  part(@Param() params: unknown): unknown {
    return { route: 'part', params };
  }

  @Get(':id/versions/v:version')
  version(@Param() params: unknown): unknown {
    return { route: 'version', params };
  }
}

@Controller()
class Failures {
  @Get('fails')
  fail(): never {
    throw new Error('of the handler');
  }

  @Get('fails-late')
  failLate(): Promise<never> {
    return Promise.reject(new Error('of the promise'));
  }

  @Get('filter-fails')
  failTwice(): never {
    throw new Error('twice');
  }

  @Get('live')
  @RouteOptions({ handlesHead: false })
  live(): string {
    return 'live';
  }
}

/** Answers with the message. The first error `twice` of a request is thrown again. */
@Catch()
class MessageFilter implements ExceptionFilter {
  private readonly seen = new WeakSet<Request>();

  catch(error: Error, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    if (error.message === 'twice' && !this.seen.has(request)) {
      this.seen.add(request);
      throw error;
    }
    host.switchToHttp().getResponse<Response>().status(500).json({ message: error.message });
  }
}

@Module({ imports: [DiscoveryModule], controllers: [Things, Failures], providers: [RouteTable] })
class TestModule {}

/** Counts the requests, and fails as their header says. */
function stages(counts: Map<string, number>): Middleware {
  return composeMiddleware(
    (request, _, next) => {
      const id = String(request.headers['x-id']);
      counts.set(id, (counts.get(id) ?? 0) + 1);
      next();
    },
    (request, _, next) => {
      if (request.headers['x-stage'] === 'throws an error') throw new Error('thrown by a stage');
      if (request.headers['x-stage'] === 'ends with an error') setImmediate(() => next(new Error('of a stage')));
      else if (request.headers['x-stage'] === 'waits') setImmediate(next);
      else next();
    },
  );
}

export interface DispatchedApp {
  readonly app: NestExpressApplication;
  readonly url: string;
  /** How often the stages saw the request, by its id. */
  readonly counts: ReadonlyMap<string, number>;
  /** How often Express got a request. */
  readonly express: { count: number };
}

/** Starts the same controllers and stages on the given adapter. */
export async function startDispatchedApp(adapter: ExpressAdapter): Promise<DispatchedApp> {
  const app = await NestFactory.create<NestExpressApplication>(TestModule, adapter, {
    bodyParser: false,
    logger: false,
  });
  const counts = new Map<string, number>();
  const passed = { count: 0 };
  app.use((_: Request, __: Response, next: () => void) => {
    passed.count++;
    next();
  });
  if (adapter instanceof DatadipExpressAdapter) adapter.runDirectly(stages(counts), app.get(RouteTable));
  else app.use(stages(counts));
  app.useGlobalFilters(new MessageFilter());
  app.disable('x-powered-by');
  app.set('etag', false);
  await app.listen(0, '127.0.0.1');
  return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1'), counts, express: passed };
}
