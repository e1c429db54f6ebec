/** A door that opens once: whoever waits goes on then, whoever comes later does not wait. It is how a test holds an order. */
export class Gate {
  private readonly opening = Promise.withResolvers<undefined>();

  open(): void {
    this.opening.resolve(undefined);
  }

  wait(): Promise<void> {
    return this.opening.promise;
  }
}
