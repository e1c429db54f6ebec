/**
 * A signature is valid this long before and after its timestamp, in seconds: clocks of senders
 * differ.
 */
export const SIGNATURE_SKEW_S = 300;
