/** A sorted set of texts. Each change costs one binary search. */
export class SortedQueue {
  private readonly texts: string[] = [];

  /** Yields the texts in their order. The queue may change between two texts. */
  *walk(): Generator<string, undefined> {
    for (let text = this.texts[0]; text !== undefined; text = this.after(text)) yield text;
  }

  add(text: string): void {
    const index = this.indexFor(text);
    if (this.texts[index] !== text) this.texts.splice(index, 0, text);
  }

  remove(text: string): void {
    const index = this.indexFor(text);
    if (this.texts[index] === text) this.texts.splice(index, 1);
  }

  private after(text: string): string | undefined {
    const index = this.indexFor(text);
    return this.texts[this.texts[index] === text ? index + 1 : index];
  }

  private indexFor(text: string): number {
    let low = 0;
    let high = this.texts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.texts[middle] ?? '') < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
