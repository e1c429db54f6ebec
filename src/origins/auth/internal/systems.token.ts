/** The declared systems of record. */
export const SYSTEMS = Symbol('systems of record');
