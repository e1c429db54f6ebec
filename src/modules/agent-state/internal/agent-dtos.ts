import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { unsetInput } from '../../../contracts/unset-input.js';
import type { AgentPlatform } from '../../../contracts/agent-report.js';
import { MAX_PAGE_SIZE, type ReleaseOutcome } from '../store/agent-store.js';
import { AGENT_ID } from '../../../contracts/agent-ids.js';
import { MAX_PRIORITY, toThreeDecimals } from '../store/internal/queue-position.js';

/** An unset input comes as `""`, or as a placeholder, because that is what the platform's templates leave of it. */
const unlessUnset = (value: string): string | undefined => {
  const text = value.trim();
  return text === '' || unsetInput(text) !== undefined ? undefined : text;
};

/** A text, which an id without quotes is meant as, too. One of more digits than a number holds has become another on the way. */
const TextUnlessUnset = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value);
    return typeof value === 'string' ? unlessUnset(value) : (value ?? undefined);
  });

/** A number, which digits in quotes are meant as, too: queries and templates know nothing else. */
const NumberUnlessUnset = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    const given = typeof value === 'string' ? unlessUnset(value) : (value ?? undefined);
    return typeof given === 'string' && /^\d+(\.\d+)?$/.test(given) ? Number(given) : given;
  });

/** What every request may name. */
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

  /** Names the request: sent again with the same, it is answered the same. */
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
  /** Lowest first; to three decimals. Default 0. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'number' ? toThreeDecimals(value) : (value ?? undefined),
  )
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

  /** Members to pass over. */
  @IsOptional()
  @NumberUnlessUnset()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  offset?: number;
}

/** As the other regions and the customer's own middleware send it. More than these keys is tolerated and ignored. */
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

  /** Whose words `status` may be. Absent: ours, or those of Genesys. */
  @IsOptional()
  @TextUnlessUnset()
  @IsIn(['genesys', 'cxone', 'other'])
  platform?: AgentPlatform;

  /** True: the agent wraps up. */
  @IsOptional()
  @IsBoolean()
  is_acw?: boolean;
}
