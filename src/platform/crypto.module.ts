import { Module } from '@nestjs/common';
import { type SecretsConfig, SECRETS } from '../config/sections/secrets.js';
import { Hmac } from '../kernel/hmac.js';
import { ValueCipher } from '../kernel/value-cipher.js';

/** `ValueCipher | undefined`. `undefined` means that stored values are not encrypted. */
export const VALUE_CIPHER = Symbol('value cipher');

/** Hashes identifiers and encrypts stored values under the secrets of the deployment. */
@Module({
  providers: [
    // Both providers need a factory, because the classes of `kernel/` have no decorators that Nest
    // could read.
    { provide: Hmac, useFactory: ({ keySecret }: SecretsConfig) => new Hmac(keySecret), inject: [SECRETS] },
    {
      provide: VALUE_CIPHER,
      useFactory: ({ valueKeys }: SecretsConfig) => ValueCipher.forKeys(valueKeys),
      inject: [SECRETS],
    },
  ],
  exports: [Hmac, VALUE_CIPHER],
})
export class CryptoModule {}
