/** The name of the region this process serves. */
export const REGION = Symbol('region');
