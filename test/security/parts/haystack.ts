import { formsOf } from './forms.js';

/** Texts that must not be seen, by what they are. */
export type Marks = Readonly<Record<string, string>>;

/** Where a mark was found, and in which form; never the mark itself. */
export interface Find {
  readonly where: string;
  readonly mark: string;
  readonly form: string;
  /** What stands around it, so that the leak can be mended. */
  readonly around: string;
}

const AROUND = 60;

/** Everything that was seen of the product, by where. */
export class Haystack {
  private readonly straws: { readonly where: string; readonly text: string }[] = [];

  add(where: string, text: string): void {
    this.straws.push({ where, text });
  }

  /** How much there is to search. A search of nothing finds nothing. */
  sizeOf(where: string): number {
    return this.straws.filter((straw) => straw.where === where).reduce((sum, { text }) => sum + text.length, 0);
  }

  /** @param place where to look; absent: everywhere */
  search(marks: Marks, place?: string): Find[] {
    const needles = Object.entries(marks).flatMap(([mark, text]) => formsOf(text).map((form) => ({ mark, form })));
    return this.straws.flatMap(({ where, text }) => {
      if (place !== undefined && where !== place) return [];
      const lower = text.toLowerCase();
      return needles.flatMap(({ mark, form }) => {
        const at = (form.anyCase ? lower : text).indexOf(form.text);
        if (at < 0) return [];
        return [{ where, mark, form: form.name, around: text.slice(Math.max(0, at - AROUND), at + AROUND) }];
      });
    });
  }
}
