import { ValidationPipe } from '@nestjs/common';
import { HttpProblem, type ProblemCode } from '../../kernel/errors.js';

/**
 * Validates an input against its class. The problem names the invalid keys and none of their
 * values.
 */
export function validationPipe(code: ProblemCode = 'bad_request', title = 'invalid input'): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) =>
      new HttpProblem(code, 400, `${title}: ${errors.map((error) => error.property).join(', ')}`),
  });
}
