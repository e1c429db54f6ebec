import { Injectable } from '@nestjs/common';
import type { TopicHandler } from './genesys-event.js';

/** Who is told of which topics of Genesys Cloud: features put themselves here while the house is put together. */
@Injectable()
export class EventTopics {
  private readonly takers: TopicHandler[] = [];

  add(taker: TopicHandler): void {
    this.takers.push(taker);
  }

  /** Absent: nobody wants it. */
  takerOf(topic: string): TopicHandler | undefined {
    return this.takers.find((taker) => taker.takes(topic));
  }
}
