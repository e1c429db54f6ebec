import { Injectable } from '@nestjs/common';
import type { KeyKind } from '../config/sections/lookups/lookup-config.js';

/** A value under which lookups may have stored entries, also "not found" entries. */
export type EntryIdentifier =
  /** A value of the input with this name. */
  | { readonly input: string; readonly value: string }
  /** A value of every input of this kind. */
  | { readonly kind: KeyKind; readonly value: string };

/** Returns the key of each entry that a lookup may have stored under the identifier. */
export type EntryKeyFinder = (tenant: string, identifier: EntryIdentifier) => readonly string[];

/**
 * Finds the entries of an identifier. The feature that answers lookups knows their inputs, and
 * registers the finder when Nest constructs the feature.
 */
@Injectable()
export class IdentifiedEntries {
  private finder: EntryKeyFinder = () => [];

  register(finder: EntryKeyFinder): void {
    this.finder = finder;
  }

  /** Returns each key once. An identifier that no lookup has as an input has no entries. */
  keysOf(tenant: string, identifiers: readonly EntryIdentifier[]): readonly string[] {
    return [...new Set(identifiers.flatMap((identifier) => this.finder(tenant, identifier)))];
  }
}
