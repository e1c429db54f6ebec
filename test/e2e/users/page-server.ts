import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const FOLDER = new URL('../../../deploy/examples/custom-app/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = { html: 'text/html', css: 'text/css', js: 'text/javascript' };

/** The texts of `index.html` that a deployment replaces, as the README of the page says. */
export interface PageSettings {
  readonly datadip: string;
  readonly genesys: string;
}

/**
 * Serves the example as a web server would, at `/custom-app/`. `/desktop.html` stands for the
 * agent's desktop: a page with a button, which shows the Custom App in a frame.
 */
export class PageServer {
  private constructor(
    private readonly server: Server,
    readonly origin: string,
    private settings: PageSettings,
  ) {}

  static async start(): Promise<PageServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const page = new PageServer(server, origin, { datadip: origin, genesys: origin });
    server.on('request', (request, response) => {
      const url = new URL(request.url ?? '/', origin);
      page.fileAt(url).then(
        ({ text, type }) => response.writeHead(200, { 'content-type': type }).end(text),
        () => response.writeHead(404).end(),
      );
    });
    return page;
  }

  deploy(settings: PageSettings): void {
    this.settings = settings;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async fileAt({ pathname, search }: URL): Promise<{ readonly text: string; readonly type: string }> {
    if (pathname === '/desktop.html') return { text: desktopPage(search), type: 'text/html' };
    const name = /^\/custom-app\/([a-z-]*\.?[a-z]*)$/.exec(pathname)?.[1];
    if (name === undefined) throw new RangeError('no such file');
    const file = name === '' ? 'index.html' : name;
    const text = await readFile(new URL(file, FOLDER), 'utf8');
    return { text: this.deployed(text), type: TYPES[file.split('.')[1] ?? ''] ?? 'text/plain' };
  }

  private deployed(text: string): string {
    const { datadip, genesys } = this.settings;
    return text
      .replaceAll('https://datadip.example.com', datadip)
      .replaceAll('https://login.mypurecloud.com', genesys)
      .replaceAll('https://api.mypurecloud.com', genesys)
      .replaceAll('YOUR-OAUTH-CLIENT-ID', 'sandbox-app');
  }
}

function desktopPage(search: string): string {
  return `<!doctype html><html lang="en"><title>Desktop</title><link rel="icon" href="data:,">
    <main><h1>Desktop</h1><label>Notes <input id="notes" autofocus></label></main>
    <iframe title="Caller" src="/custom-app/${search.replaceAll('&', '&amp;')}" width="400" height="600"></iframe></html>`;
}
