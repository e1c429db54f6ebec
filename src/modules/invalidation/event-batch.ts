import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { InvalidationResult } from '../../cache/invalidator.js';
import { POSITION } from '../../contracts/headers.js';
import type { Position } from '../../contracts/position.js';
import { Positions } from '../../regions/positions.js';
import { inOrder } from './internal/in-order.js';
import { InvalidationService, type Invalidation } from './invalidation.service.js';

/** Applies all events of a request, and answers with their sum and their position. */
@Injectable()
export class EventBatch {
  constructor(
    private readonly invalidation: InvalidationService,
    private readonly positions: Positions,
  ) {}

  /**
   * @param reported positions of further events of the request
   * @throws as `InvalidationService.invalidate` does
   */
  async invalidateAll(
    invalidations: readonly Invalidation[],
    reported: readonly Position[],
    response: Response,
  ): Promise<InvalidationResult> {
    const results = await inOrder(invalidations, (each) => this.invalidation.invalidate(each));
    this.setPosition([...reported, ...results.flatMap(({ position }) => position ?? [])], response);
    return total(results);
  }

  setPosition(positions: readonly Position[], response: Response): void {
    const header = this.positions.headerOf(positions);
    if (header !== undefined) response.setHeader(POSITION, header);
  }
}

/** Several events are a duplicate if each of them is one. */
function total(results: readonly InvalidationResult[]): InvalidationResult {
  return {
    invalidated: results.reduce((sum, { invalidated }) => sum + invalidated, 0),
    duplicate: results.every(({ duplicate }) => duplicate),
  };
}
