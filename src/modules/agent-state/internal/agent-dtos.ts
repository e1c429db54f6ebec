import { Transform } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import type { AgentPlatform } from '../../../contracts/agent-report.js';
import { MAX_PAGE_SIZE, type ReleaseOutcome } from '../store/agent-store.js';
import { AGENT_ID } from '../../../contracts/agent-ids.js';
import { NumberUnlessUnset, numberUnlessUnset, TextUnlessUnset } from './dto-values.js';
import { MAX_PRIORITY, toThreeDecimals } from '../store/queue-position.js';

/** Longer than ten names of 64 characters with their numbers. */
const MAX_LIST_LENGTH = 1024;
/** The year 2286 in milliseconds. */
const MAX_TIMESTAMP = 9_999_999_999_999;

/** The tenant, which every request may contain. */
export class TenantDto {
  @IsOptional()
  @TextUnlessUnset()
  @IsString()
  tenantId?: string;
}

/** A claim without skills. */
export class ClaimDto extends TenantDto {
  @IsOptional()
  @TextUnlessUnset()
  @IsString()
  @Length(1, 256)
  queueId?: string;

  /** Identifies the call. A repeated request with the same id gets the same agent. */
  @IsOptional()
  @TextUnlessUnset()
  @IsString()
  @Length(1, 256)
  callId?: string;
}

export class ClaimBySkillDto extends ClaimDto {
  /**
   * The queue of a claim by skill that another region forwards, in place of `queueId`. An earlier
   * version does not know this parameter: it answers `no_queue`, and claims no agent without the
   * skills.
   */
  @IsOptional()
  @TextUnlessUnset()
  @IsString()
  @Length(1, 256)
  skilledQueueId?: string;

  /** Required skills: `spanish:3,billing`. `skill-query.ts` parses the lists. */
  @IsOptional()
  @TextUnlessUnset()
  @IsString()
  @Length(1, MAX_LIST_LENGTH)
  skills?: string;

  @IsOptional()
  @TextUnlessUnset()
  @IsString()
  @Length(1, MAX_LIST_LENGTH)
  evaluation?: string;

  /** Ids of the agents that the call prefers, the first choice first. */
  @IsOptional()
  @TextUnlessUnset()
  @IsString()
  @Length(1, MAX_LIST_LENGTH)
  prefer?: string;

  /** The seconds after which a skill is no longer required: `billing@10,spanish@20`. */
  @IsOptional()
  @TextUnlessUnset()
  @IsString()
  @Length(1, MAX_LIST_LENGTH)
  relax?: string;

  /** The seconds that the call has waited. */
  @IsOptional()
  @TextUnlessUnset()
  @IsString()
  @Length(1, MAX_LIST_LENGTH)
  waitedS?: string;
}

export class AvailabilityDto extends TenantDto {
  @IsOptional()
  @TextUnlessUnset()
  @IsString()
  @Length(1, MAX_LIST_LENGTH)
  skills?: string;
}

/** The declared skills of an agent. `skill-declaration.ts` checks names and proficiencies. */
export class AgentSkillsDto extends TenantDto {
  // Not transformed: a name of a skill may be any text.
  @Transform(({ obj }: { obj: { skills?: unknown } }) => obj.skills)
  @IsObject()
  skills!: object;

  /** Unix seconds or milliseconds. Default: the time of the request. */
  @IsOptional()
  @NumberUnlessUnset()
  @IsNumber()
  @Min(1)
  @Max(MAX_TIMESTAMP)
  timestamp?: number;
}

export class ConfirmDto extends TenantDto {
  @IsString()
  @Length(1, 128)
  lockToken!: string;
}

export class ReleaseDto extends ConfirmDto {
  @IsIn(['rejected', 'failed', 'ended'])
  outcome!: ReleaseOutcome;
}

export class MembershipDto extends TenantDto {
  /**
   * Agents with the lowest score are claimed first; three decimals; 0 to 999,999. Default: the
   * score of `agents.priority`, and 0 without a rule.
   */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => {
    const score = numberUnlessUnset(value);
    return typeof score === 'number' ? toThreeDecimals(score) : score;
  })
  @IsNumber()
  @Min(0)
  @Max(MAX_PRIORITY)
  priorityScore?: number;
}

export class PageDto extends TenantDto {
  @IsOptional()
  @NumberUnlessUnset()
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  limit?: number;

  /** Members to skip; 0 to 1,000,000; default 0. */
  @IsOptional()
  @NumberUnlessUnset()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  offset?: number;
}

/**
 * An agent status event as other regions and the customer's own middleware send it. Other keys are
 * ignored.
 */
export class AgentStatusDto {
  @TextUnlessUnset()
  @IsString()
  @Length(1, 256)
  event_id!: string;

  /** Unix seconds or milliseconds, by the platform's clock. */
  @NumberUnlessUnset()
  @IsNumber()
  @Min(1)
  @Max(MAX_TIMESTAMP)
  timestamp!: number;

  @TextUnlessUnset()
  @IsString()
  @Matches(AGENT_ID)
  agent_id!: string;

  @TextUnlessUnset()
  @IsString()
  @Length(1, 40)
  status!: string;

  @IsString()
  @Matches(/^[A-Za-z0-9_-]{1,32}$/)
  region_source!: string;

  @IsOptional()
  @TextUnlessUnset()
  @IsString()
  tenant_id?: string;

  /**
   * The platform whose status words the event uses. `undefined` means Datadip's or Genesys Cloud's
   * words.
   */
  @IsOptional()
  @TextUnlessUnset()
  @IsIn(['genesys', 'cxone', 'other'])
  platform?: AgentPlatform;

  /** `true` means the agent is in wrap-up (after-call work). */
  @IsOptional()
  @IsBoolean()
  is_acw?: boolean;
}
