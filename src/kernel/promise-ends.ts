/** `Promise.withResolvers`, which Node 20 does not have. */
export function promiseWithResolvers<T>(): PromiseWithResolvers<T> {
  let ends!: Omit<PromiseWithResolvers<T>, 'promise'>;
  const promise = new Promise<T>((resolve, reject) => (ends = { resolve, reject }));
  return { promise, ...ends };
}
