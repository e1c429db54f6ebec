/** The process's one pino logger. */
export const LOGGER = Symbol('logger');
