/** A door that opens once: whoever waits goes on then, whoever comes later does not wait. It is how a test holds an order. */
export class Gate {
  private readonly opened: Promise<void>;
  private letGo!: () => void;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.letGo = resolve;
    });
  }

  open(): void {
    this.letGo();
  }

  wait(): Promise<void> {
    return this.opened;
  }
}
