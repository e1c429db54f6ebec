import { ValidationPipe } from '@nestjs/common';
import * as transformerPackage from 'class-transformer';
import * as validatorPackage from 'class-validator';
import { HttpProblem, type ProblemCode } from '../../kernel/errors.js';

/**
 * Validates an input against its class. The problem names the invalid keys and none of their
 * values.
 *
 * The pipe gets its packages from here. It would load them with `import()`, which has no named
 * exports for these packages in a bundle.
 */
export function validationPipe(code: ProblemCode = 'bad_request', title = 'invalid input'): ValidationPipe {
  return new ValidationPipe({
    ...{ validatorPackage, transformerPackage },
    transform: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) =>
      new HttpProblem(code, 400, `${title}: ${errors.map((error) => error.property).join(', ')}`),
  });
}
