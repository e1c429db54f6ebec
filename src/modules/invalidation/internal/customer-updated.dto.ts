import { IsBoolean, IsOptional, IsString, Length, Matches } from 'class-validator';

/** What a CRM says when a customer changed. More than these keys is tolerated and ignored: senders grow. */
export class CustomerUpdatedDto {
  @IsString()
  @Length(1, 320)
  @Matches(/\S/)
  customerId!: string;

  /** Absent: the header, else the caller's only tenant. */
  @IsOptional()
  @IsString()
  tenantId?: string;

  /** Absent: the event is never a duplicate. */
  @IsOptional()
  @IsString()
  @Length(1, 256)
  eventId?: string;

  /** True: also keep nothing of this customer for 30 s. */
  @IsOptional()
  @IsBoolean()
  critical?: boolean;
}
