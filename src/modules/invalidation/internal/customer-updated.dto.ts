import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional, IsString, Length, Matches } from 'class-validator';

/** An id without quotes is meant as the text it shows; lookups read records the same way. */
const NumberAsText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'number' ? String(value) : value));

/** An id of more digits than a number holds may stand for two events by now: as none it costs a second run, as one it would lose the second. */
const EventNumberAsText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value !== 'number') return value;
    return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? String(value) : undefined;
  });

/** What a CRM says when a customer changed. More than these keys is tolerated and ignored: senders grow. */
export class CustomerUpdatedDto {
  @NumberAsText()
  @IsString()
  @Length(1, 320)
  @Matches(/\S/)
  customerId!: string;

  /** Absent: the header, else the caller's only tenant. */
  @IsOptional()
  @NumberAsText()
  @IsString()
  tenantId?: string;

  /** Absent: the event is never a duplicate. */
  @IsOptional()
  @EventNumberAsText()
  @IsString()
  @Length(1, 256)
  eventId?: string;

  /** True: also keep nothing of this customer for 30 s. */
  @IsOptional()
  @IsBoolean()
  critical?: boolean;
}
