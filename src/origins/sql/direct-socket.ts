import { Socket } from 'node:net';

/**
 * A socket to one host, whatever host its library names. A library checks the certificate of the
 * host that it names, and Datadip lets the library name `serverName`.
 */
export class DirectSocket extends Socket {
  constructor(private readonly host: string) {
    super();
  }

  connectTo(port: number): this {
    return super.connect(port, this.host);
  }

  override connect(port: unknown): this {
    return this.connectTo(Number(port));
  }
}
