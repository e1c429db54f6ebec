import { ValidationPipe } from '@nestjs/common';
import { HttpProblem, type ProblemCode } from '../../kernel/errors.js';

/** Checks an input against its class. The refusal names the keys that are wrong, never what was sent in them. */
export function validationPipe(code: ProblemCode = 'bad_request', complaint = 'not as it should be'): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) =>
      new HttpProblem(code, 400, `${complaint}: ${errors.map((error) => error.property).join(', ')}`),
  });
}
