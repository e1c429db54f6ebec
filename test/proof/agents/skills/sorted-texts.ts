/** A set of texts in their order, as a sorted set of Redis with equal scores has it. */
export class SortedTexts {
  readonly texts: string[] = [];

  add(text: string): void {
    const at = this.placeOf(text);
    if (this.texts[at] !== text) this.texts.splice(at, 0, text);
  }

  delete(text: string): void {
    const at = this.placeOf(text);
    if (this.texts[at] === text) this.texts.splice(at, 1);
  }

  /** The place of the first text that is not less. */
  private placeOf(text: string): number {
    let [low, high] = [0, this.texts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.texts[middle] ?? '') < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
