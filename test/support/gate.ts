/**
 * A gate that opens once. Waiting code continues when the gate opens, and later code does not wait.
 * Tests use gates to force an order of events.
 */
export class Gate {
  private readonly opening = Promise.withResolvers<undefined>();

  open(): void {
    this.opening.resolve(undefined);
  }

  wait(): Promise<void> {
    return this.opening.promise;
  }
}
