/** The process's one pino logger. */
export const LOGGER = Symbol('logger');

/** Reads how many lines of each kind the process has lost. */
export const LOST_LINES = Symbol('lost lines');
