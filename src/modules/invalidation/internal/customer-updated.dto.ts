import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional, IsString, Length, Matches } from 'class-validator';

/** Reads an id without quotes as text. Lookups read the ids of records in the same way. */
const NumberAsText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'number' ? String(value) : value));

/**
 * Reads a numeric event id as text, and ignores a number above 2^53. Such a number has lost digits,
 * so two events may have the same one. Without an id, Datadip processes both events; with the same
 * id, it would lose the second.
 */
const EventNumberAsText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value !== 'number') return value;
    return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? String(value) : undefined;
  });

/** The event of a CRM that a customer has changed. Datadip ignores further keys. */
export class CustomerUpdatedDto {
  @NumberAsText()
  @IsString()
  @Length(1, 320)
  @Matches(/\S/)
  customerId!: string;

  /** `undefined` means the tenant of the header, otherwise the caller's only tenant. */
  @IsOptional()
  @NumberAsText()
  @IsString()
  tenantId?: string;

  /** `undefined` means that only a signature can reveal a duplicate. */
  @IsOptional()
  @EventNumberAsText()
  @IsString()
  @Length(1, 256)
  eventId?: string;

  /** `true`: the cache also stores nothing of this customer for 30 s. */
  @IsOptional()
  @IsBoolean()
  critical?: boolean;
}
