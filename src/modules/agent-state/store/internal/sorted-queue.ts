/** A sorted set of texts. Each change costs one binary search. */
export class SortedQueue {
  private readonly texts: string[] = [];

  get first(): string | undefined {
    return this.texts[0];
  }

  add(text: string): void {
    const index = this.indexFor(text);
    if (this.texts[index] !== text) this.texts.splice(index, 0, text);
  }

  remove(text: string): void {
    const index = this.indexFor(text);
    if (this.texts[index] === text) this.texts.splice(index, 1);
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
