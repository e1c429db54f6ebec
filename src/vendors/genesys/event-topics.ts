import { Injectable } from '@nestjs/common';
import type { TopicTaker } from './genesys-event.js';

/** Who is told of which topics of Genesys Cloud: features put themselves here while the house is put together. */
@Injectable()
export class GenesysTopics {
  private readonly takers: TopicTaker[] = [];

  add(taker: TopicTaker): void {
    this.takers.push(taker);
  }

  /** Absent: nobody wants it. */
  takerOf(topic: string): TopicTaker | undefined {
    return this.takers.find((taker) => taker.takes(topic));
  }
}
