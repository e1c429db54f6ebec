import { Socket } from 'node:net';

/**
 * A socket to one host, whatever host its user names. The libraries check the certificate of the
 * host that they name, and Datadip lets them name `serverName`.
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
