import { ValidationPipe } from '@nestjs/common';
import { Refusal } from '../../../kernel/errors.js';

/** Checks an event against its class. The refusal names the keys that are wrong, never what was sent in them. */
export function eventPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) =>
      new Refusal(
        'invalid_event',
        400,
        `not an event of this kind: ${errors.map((error) => error.property).join(', ')}`,
      ),
  });
}
