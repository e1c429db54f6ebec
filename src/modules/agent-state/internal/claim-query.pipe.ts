import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { validationPipe } from '../../../platform/http/validation-pipe.js';
import { ClaimBySkillDto, ClaimDto } from './agent-dtos.js';
import { SKILL_PARAMETERS } from './skill-query.js';

const ONLY_BY_SKILL = ['skilledQueueId', ...SKILL_PARAMETERS] as const;

/**
 * Validates the query of a claim. Most queries ask for no skill, and are validated as plain claims:
 * class-validator takes some microseconds per parameter, even if it is missing.
 */
export class ClaimQueryPipe implements PipeTransform {
  private readonly pipe = validationPipe();

  transform(query: object, metadata: ArgumentMetadata): Promise<ClaimBySkillDto> {
    const isBySkill = ONLY_BY_SKILL.some((name) => name in query);
    return this.pipe.transform(query, { ...metadata, metatype: isBySkill ? ClaimBySkillDto : ClaimDto });
  }
}
