/** The service ends a stream after this time; the browser then opens another. */
const STREAM = './ops/stream?seconds=3600';
/** A stream without an event for this long is stale, in milliseconds. */
const SILENT_AFTER_MS = 4000;
/** The wait before another attempt if the service refuses the stream, in milliseconds. */
const REFUSED_AFTER_MS = 5000;

/**
 * Receives the seconds of the region. A hidden page has no stream. Browsers open at most six
 * connections to a host over HTTP/1.1, and hidden tabs would keep the seventh page from loading.
 */
export class Live {
  /** @param handlers `history`, `second`, and `link` with a state and its words */
  constructor(handlers) {
    this.handlers = handlers;
    this.isPaused = false;
    document.addEventListener('visibilitychange', () => this.follow());
    setInterval(() => this.check(), 1000);
    this.follow();
  }

  setPaused(isPaused) {
    this.isPaused = isPaused;
    this.follow();
  }

  follow() {
    const isWanted = !this.isPaused && document.visibilityState === 'visible';
    if (isWanted && this.source === undefined) this.open();
    if (!isWanted) this.close();
    if (this.isPaused) this.handlers.link('none', 'Paused.');
  }

  open() {
    clearTimeout(this.retry);
    this.heardAtMs = Date.now();
    const source = new EventSource(STREAM);
    this.source = source;
    const receive = (name) => (event) => {
      this.heardAtMs = Date.now();
      this.handlers[name](JSON.parse(event.data));
      if (name === 'second') this.handlers.link('well', 'Live.');
    };
    source.addEventListener('history', receive('history'));
    source.addEventListener('second', receive('second'));
    source.addEventListener('error', () => this.failed(source));
  }

  /** A browser tries again after a lost connection, and not after a refusal. */
  failed(source) {
    if (source.readyState !== EventSource.CLOSED || source !== this.source) return;
    this.close();
    this.handlers.link('alarm', 'The service refuses the stream: the login ended, or too many pages are open.');
    this.retry = setTimeout(() => this.follow(), REFUSED_AFTER_MS);
  }

  close() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = undefined;
  }

  check() {
    if (this.source === undefined || Date.now() - this.heardAtMs < SILENT_AFTER_MS) return;
    this.handlers.link('alarm', 'No news from the service. The numbers below are old.');
  }
}
