import { formsOf } from './forms.js';

/** Texts that must not be visible, by name. */
export type Marks = Readonly<Record<string, string>>;

/** The place and the form of a found mark. */
export interface Find {
  readonly where: string;
  readonly mark: string;
  readonly form: string;
  /** The text around the mark, to locate the leak. */
  readonly around: string;
}

const AROUND = 60;

/** All visible texts of the service, by place. */
export class Haystack {
  private readonly texts: { readonly where: string; readonly text: string }[] = [];

  add(where: string, text: string): void {
    this.texts.push({ where, text });
  }

  /** Returns the number of characters of a place, to exclude a search in an empty text. */
  sizeOf(where: string): number {
    return this.texts.filter((entry) => entry.where === where).reduce((sum, { text }) => sum + text.length, 0);
  }

  /** @param place the place to search; `undefined` searches all places */
  search(marks: Marks, place?: string): Find[] {
    const needles = Object.entries(marks).flatMap(([mark, text]) => formsOf(text).map((form) => ({ mark, form })));
    return this.texts.flatMap(({ where, text }) => {
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
