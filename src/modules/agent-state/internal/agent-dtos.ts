import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { unsetInput } from '../../../contracts/unset-input.js';
import type { AgentPlatform } from '../agent-report.js';
import { MAX_PAGE, type ReleaseOutcome } from '../agent-store.js';
import { AGENT_ID } from './ids.js';
import { MAX_PRIORITY, toThreeDecimals } from './place-in-line.js';

/** An unset input comes as `""`, or as a placeholder, because that is what the platform's templates leave of it. */
const AbsentWhenUnset = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'string') return value ?? undefined;
    const text = value.trim();
    return text === '' || unsetInput(text) !== undefined ? undefined : text;
  });

/** What every request may name. */
export class TenantDto {
  @IsOptional()
  @AbsentWhenUnset()
  @IsString()
  tenantId?: string;
}

export class AvailableDto extends TenantDto {
  @IsOptional()
  @AbsentWhenUnset()
  @IsString()
  @Length(1, 256)
  queueId?: string;

  /** Names the request: sent again with the same, it is answered the same. */
  @IsOptional()
  @AbsentWhenUnset()
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
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE)
  limit?: number;

  /** Members to pass over. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  offset?: number;
}

/** As the other regions and the customer's own middleware send it. More than these keys is tolerated and ignored. */
export class AgentStatusDto {
  @IsString()
  @Length(1, 256)
  @Matches(/\S/)
  event_id!: string;

  /** Unix seconds or milliseconds, by the platform's clock. */
  @IsNumber()
  @Min(1)
  @Max(9_999_999_999_999)
  timestamp!: number;

  @IsString()
  @Matches(AGENT_ID)
  agent_id!: string;

  @IsString()
  @Length(1, 40)
  status!: string;

  @IsString()
  @Matches(/^[A-Za-z0-9_-]{1,32}$/)
  region_source!: string;

  @IsOptional()
  @AbsentWhenUnset()
  @IsString()
  tenant_id?: string;

  /** Whose words `status` may be. Absent: ours, or those of Genesys. */
  @IsOptional()
  @AbsentWhenUnset()
  @IsIn(['genesys', 'cxone', 'other'])
  platform?: AgentPlatform;

  /** True: the agent wraps up. */
  @IsOptional()
  @IsBoolean()
  is_acw?: boolean;
}
