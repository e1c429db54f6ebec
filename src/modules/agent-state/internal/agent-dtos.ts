import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { unsetInput } from '../../../contracts/unset-input.js';
import { parseDecimal } from '../../../kernel/parse-number.js';
import type { AgentPlatform } from '../../../contracts/agent-report.js';
import { MAX_PAGE_SIZE, type ReleaseOutcome } from '../store/agent-store.js';
import { AGENT_ID } from '../../../contracts/agent-ids.js';
import { MAX_PRIORITY, toThreeDecimals } from '../store/queue-position.js';

/** The platforms' templates send an unset input as `""` or as its placeholder. */
const unlessUnset = (value: string): string | undefined => {
  const text = value.trim();
  return text === '' || unsetInput(text) !== undefined ? undefined : text;
};

/** Stands for bytes of a URL that are no UTF-8. Two different ids may arrive as one text. */
const REPLACEMENT = '\uFFFD';

/**
 * Accepts text, and a JSON number as its text. The body reader has made a text of every number that
 * a double does not hold. A text with a replacement character stays invalid.
 */
const TextUnlessUnset = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'string') return value ?? undefined;
    return value.includes(REPLACEMENT) ? Number.NaN : unlessUnset(value);
  });

/** Accepts a number, and digits in quotes, because queries and templates contain only text. */
const numberUnlessUnset = (value: unknown): unknown => {
  const input = typeof value === 'string' ? unlessUnset(value) : (value ?? undefined);
  return parseDecimal(input) ?? input;
};

const NumberUnlessUnset = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => numberUnlessUnset(value));

/** The tenant, which every request may contain. */
export class TenantDto {
  @IsOptional()
  @TextUnlessUnset()
  @IsString()
  tenantId?: string;
}

export class AvailableDto extends TenantDto {
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
  /** Agents with the lowest score are claimed first; three decimals; 0 to 999,999; default 0. */
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
  @Max(9_999_999_999_999)
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
