import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Post } from '@nestjs/common';
import { MetadataScanner, Reflector, type DiscoveryService } from '@nestjs/core';
import type { Request } from 'express';
import { RouteOptions } from '../../../src/platform/http/route-options.js';
import { RouteTable } from '../../../src/platform/http/route-table.js';

const DEFAULTS = { body: 'json', neverShed: false, secureHeaders: true, handlesHead: true, staysOpen: false };

function tableOf(...controllers: readonly (new () => object)[]): RouteTable {
  const discovery = { getControllers: () => controllers.map((metatype) => ({ metatype })) };
  return new RouteTable(discovery as unknown as DiscoveryService, new MetadataScanner(), new Reflector());
}

const requestOf = (path: string, method = 'GET'): Request => ({ url: path, method }) as Request;

@Controller('things')
@RouteOptions({ body: 'event', neverShed: true })
class Things {
  @Get()
  list(): string {
    return 'list';
  }

  @RouteOptions({ neverShed: false })
  @Get(':id/parts')
  parts(): string {
    return 'parts';
  }

  /** A method without a route. Its options have no effect. */
  @RouteOptions({ secureHeaders: false })
  helper(): string {
    return 'helper';
  }
}

@Controller()
class Plain {
  @Get('plain')
  read(): string {
    return 'read';
  }
}

@Controller('mixed')
class Mixed {
  @RouteOptions({ body: 'event' })
  @Post()
  write(): string {
    return 'write';
  }

  @Get()
  read(): string {
    return 'read';
  }
}

@Controller('effects')
class Effects {
  @Get('now')
  @RouteOptions({ handlesHead: false })
  act(): string {
    return 'acted';
  }

  @Get(':id')
  read(): string {
    return 'read';
  }
}

describe('RouteTable', () => {
  it('returns the options of the controller for a handler without options', () => {
    const { body, neverShed } = tableOf(Things).optionsOf(requestOf('/things'));
    expect([body, neverShed]).toEqual(['event', true]);
  });

  it('returns the options of a handler before those of its controller', () => {
    expect(tableOf(Things).optionsOf(requestOf('/Things/a.b/parts/'))).toEqual({ ...DEFAULTS, body: 'event' });
  });

  it('returns the defaults for a route without options', () => {
    expect(tableOf(Things, Plain).optionsOf(requestOf('/plain'))).toEqual(DEFAULTS);
  });

  it.each(['/', '', '*', '/thing', '/things/1', '/things/1/2/parts', '/things//parts'])(
    'returns the defaults for the unknown path %j',
    (path) => {
      const options = tableOf(Things).optionsOf(requestOf(path));
      expect(options).toEqual(DEFAULTS);
    },
  );

  it.each([
    ['GET', '/things', true],
    ['HEAD', '/Things/', true],
    ['POST', '/things', false],
    ['GET', 'http://host:3000/things?x', true],
    ['GET', '//things', false],
  ])('finds the handler that Express would run for %s %s', (method, path, found) => {
    const { target } = tableOf(Things).matchOf(requestOf(path, method));
    // eslint-disable-next-line @typescript-eslint/unbound-method -- compared, not called
    expect(target?.handler).toBe(found ? Things.prototype.list : undefined);
  });

  it('names the methods of a known path, and none of an unknown path', () => {
    const table = tableOf(Things);
    expect(table.matchOf(requestOf('/things', 'PUT'))).toMatchObject({ path: '/things', allow: 'GET, HEAD' });
    expect(table.matchOf(requestOf('/nothing'))).toMatchObject({ path: 'unmatched', allow: '' });
  });

  it('runs no other handler for a HEAD request of a route that handles none', () => {
    const match = tableOf(Effects).matchOf(requestOf('/effects/now', 'HEAD'));
    expect(match).toMatchObject({ path: '/effects/now', target: undefined, allow: 'GET' });
  });

  it('looks the path up once per request', () => {
    const table = tableOf(Things);
    const request = { url: '/things', method: 'GET' };
    const options = table.optionsOf(request);
    request.url = '/plain';
    expect(table.optionsOf(request as Request)).toBe(options);
  });

  it('rejects two handlers of one path with different options', () => {
    expect(() => tableOf(Mixed)).toThrow(/\/mixed/);
  });
});
