import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional, IsString, Length, Matches } from 'class-validator';

/**
 * Reads an id without quotes as text. Lookups read the ids of records in the same way. The body
 * reader has made a text of every number that a double does not hold.
 */
const NumberAsText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'number' ? String(value) : value));

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
  @NumberAsText()
  @IsString()
  @Length(1, 256)
  eventId?: string;

  /** Values per key input, whose entries are deleted too. `eventIdentifiers` checks the form. */
  @IsOptional()
  identifiers?: unknown;

  /** `true`: the cache also stores nothing of this customer for 30 s. */
  @IsOptional()
  @IsBoolean()
  critical?: boolean;
}
