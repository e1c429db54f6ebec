/** How far a sender's clock may be off, either way: so long before and after its time a signature is good. Contract, section 3. */
export const SIGNATURE_SKEW_S = 300;
