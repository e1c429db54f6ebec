/** Which platforms are read for which tenants. */
export const RECONCILED = Symbol('platforms to reconcile');
