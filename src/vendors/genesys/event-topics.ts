import { Injectable } from '@nestjs/common';
import type { TopicHandler } from './genesys-event.js';

/**
 * The handlers of Genesys Cloud topics. A feature adds its handler when Nest constructs the
 * feature.
 */
@Injectable()
export class EventTopics {
  private readonly handlers: TopicHandler[] = [];

  add(handler: TopicHandler): void {
    this.handlers.push(handler);
  }

  /**
   * @returns the first handler added for the topic; `undefined` means no feature handles the topic
   */
  handlerFor(topic: string): TopicHandler | undefined {
    return this.handlers.find((handler) => handler.handles(topic));
  }
}
