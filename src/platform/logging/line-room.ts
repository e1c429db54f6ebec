/** The size of the buffers that lines are encoded into, in bytes. */
const PIECE_BYTES = 64 * 1024;
/** A room asks for a write when this many bytes wait. */
const BATCH_BYTES = 32 * 1024;
/** UTF-8 encodes one UTF-16 unit in at most this many bytes. */
const MAX_BYTES_PER_UNIT = 3;

/** A buffer of whole lines. */
export interface Piece {
  readonly bytes: Buffer;
  /** `false` for the buffer of a single long line. */
  readonly isRegular: boolean;
  used: number;
  lines: number;
}

export interface RoomOptions {
  /** The most bytes that wait for a slow reader. */
  readonly maxBytes: number;
  /** Receives the number of lost lines, as soon as the room has space again. */
  readonly onLost: (lines: number) => void;
}

/** The lines of one kind that wait to be written. */
export class LineRoom {
  private readonly waiting: Piece[] = [];
  private waitingBytes = 0;
  private filling: Piece;
  private lost = 0;
  private lostBefore = 0;

  constructor(
    private readonly options: RoomOptions,
    private readonly freshPiece: () => Piece,
    private readonly requestWrite: () => void,
  ) {
    this.filling = freshPiece();
  }

  /** @param lines the number of whole lines in `text` */
  write(text: string, lines: number): void {
    const maxBytes = text.length * MAX_BYTES_PER_UNIT;
    if (maxBytes > this.filling.bytes.length - this.filling.used && !this.makeSpace(maxBytes)) {
      this.lost += lines;
      return;
    }
    const { filling } = this;
    filling.used += filling.bytes.write(text, filling.used);
    filling.lines += lines;
    if (filling.used >= BATCH_BYTES) this.requestWrite();
  }

  /** The oldest piece with enough bytes for a system call, or the oldest complete one. */
  nextPiece(): Piece | undefined {
    if (this.waiting.length === 0 && this.filling.used >= BATCH_BYTES) this.completePiece();
    const piece = this.waiting.shift();
    if (piece !== undefined) this.waitingBytes -= piece.used;
    return piece;
  }

  /** Makes the lines that wait a piece, unless an older piece waits. */
  completePiece(): void {
    if (this.waiting.length === 0 && this.filling.used > 0) this.startPiece(0);
  }

  lose(lines: number): void {
    this.lost += lines;
  }

  /** All lines of the room that were lost, reported or not. */
  get lostLines(): number {
    return this.lostBefore + this.lost;
  }

  reportLost(): void {
    const { lost } = this;
    if (lost === 0 || this.isFull) return;
    this.lost = 0;
    this.lostBefore += lost;
    this.options.onLost(lost);
  }

  private get isFull(): boolean {
    return this.waitingBytes + this.filling.used >= this.options.maxBytes;
  }

  private makeSpace(maxBytes: number): boolean {
    if (this.isFull) return false;
    this.startPiece(maxBytes);
    return true;
  }

  private startPiece(maxBytes: number): void {
    if (this.filling.used > 0) {
      this.waiting.push(this.filling);
      this.waitingBytes += this.filling.used;
    }
    this.filling = maxBytes > PIECE_BYTES ? emptyPiece(maxBytes) : this.freshPiece();
  }
}

export function emptyPiece(bytes = PIECE_BYTES): Piece {
  return { bytes: Buffer.allocUnsafeSlow(bytes), isRegular: bytes === PIECE_BYTES, used: 0, lines: 0 };
}
