/**
 * The most bytes of JSON that the declared part of an answer may have. CXone Studio gives up on an answer above 32 KB; beside the declared
 * part stand a hundred bytes about how it came about. Genesys Cloud names no bound.
 */
export const MAX_ANSWER_BYTES = 31_000;
