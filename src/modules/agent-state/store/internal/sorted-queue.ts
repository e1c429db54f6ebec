/** Texts in their own order, each once. A change costs a binary search. */
export class SortedQueue {
  private readonly texts: string[] = [];

  get first(): string | undefined {
    return this.texts[0];
  }

  add(text: string): void {
    const at = this.placeOf(text);
    if (this.texts[at] !== text) this.texts.splice(at, 0, text);
  }

  remove(text: string): void {
    const at = this.placeOf(text);
    if (this.texts[at] === text) this.texts.splice(at, 1);
  }

  private placeOf(text: string): number {
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
