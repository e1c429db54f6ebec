/** The rules of the prose check: pure functions over one paragraph of text. */

/** The rule that a sentence breaks, and the words that break it. */
export interface ProseFinding {
  readonly rule: 'subject' | 'length' | 'absent' | 'term' | 'columns' | 'size' | 'lua';
  readonly message: string;
}

/** A longer sentence is read twice. */
const MAX_WORDS = 25;
export const MAX_COLUMNS = 100;

/** Words that hide the subject when a sentence starts with them. */
const NO_SUBJECT = /^(Who|Whoever|Whom|Whomever|Whose|What|Whatever|Nobody|Somebody|Anybody|Everybody|Those|One)\b/;
/** A pronoun that opens a paragraph points at nothing. */
const NO_ANTECEDENT = /^(It|They|This|These|That|Them|Its|Their)\b(?! (page|file|table|document|section|list|guide))/;

const TERMS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bfor ever\b/i, 'forever, or name the end'],
  [/\bat the most\b/i, 'at most'],
  [/\bat the least\b/i, 'at least'],
  [/\bso many\b/i, 'a number, or "the limit"'],
  [/\bbeside\b/i, 'next to'],
  [/\blikewise\b/i, 'the same, or repeat the noun'],
  [/\banew\b/i, 'again'],
  [/\bmeanwhile\b/i, 'during that time, or name the time'],
  [/\bas it is\b/i, 'unchanged'],
  [/\bas they are\b/i, 'unchanged'],
  [/\b(is|are|was|were) to be had\b/i, 'is available'],
  [/\b(is|are|was|were) heard of\b/i, 'is reported'],
  [/\bheard of\b/i, 'reported'],
  [/\b(is|are|was|were) told\b/i, 'receives, or is notified'],
  [/\bof (its|their|our|his|her) own\b/i, 'its own + noun, or separate'],
  [/\bby itself\b/i, 'alone, or automatically'],
  [/\btells? of\b/i, 'reports'],
  [/\bhas it that\b/i, 'says that'],
  [/\bwho(m)?ever\b/i, 'name the subject'],
  [/\bnobody\b/i, 'no caller, no process: name the subject'],
  [/\bsomebody\b/i, 'another caller, another process: name the subject'],
  [/\btime-outs?\b/i, 'timeout'],
  [/\bback-offs?\b/i, 'backoff'],
  [/\bnormalis(?:e[sd]?|ing|ations?)\b/, 'normalize, normalization'],
];

/** A label with a colon leaves the sentence to the reader. */
const FRAGMENT = /\b(Absent|absent|Empty|Likewise): /;

/**
 * Checks one paragraph.
 *
 * @param text one line, markup removed, inline code replaced by one word
 * @param isProse false for labels such as test names and error texts, which are no sentences
 */
export function checkParagraph(text: string, isProse = true): ProseFinding[] {
  const sentences = splitSentences(text);
  return sentences.flatMap((sentence, at): ProseFinding[] => [
    ...(isProse ? subjectFindings(sentence, at === 0) : []),
    ...lengthFindings(sentence),
    ...fragmentFindings(sentence),
    ...termFindings(sentence),
  ]);
}

function subjectFindings(sentence: string, isFirst: boolean): ProseFinding[] {
  if (sentence.endsWith('?')) return [];
  const word = NO_SUBJECT.exec(sentence)?.[0] ?? (isFirst ? NO_ANTECEDENT.exec(sentence)?.[0] : undefined);
  return word === undefined ? [] : [{ rule: 'subject', message: `starts with "${word}": name the subject` }];
}

function lengthFindings(sentence: string): ProseFinding[] {
  const words = sentence.split(/\s+/).filter((word) => /[A-Za-z0-9]/.test(word)).length;
  return words <= MAX_WORDS ? [] : [{ rule: 'length', message: `${words} words; allowed: ${MAX_WORDS}` }];
}

function fragmentFindings(sentence: string): ProseFinding[] {
  const word = FRAGMENT.exec(sentence)?.[1];
  return word === undefined ? [] : [{ rule: 'absent', message: `"${word}:" is no sentence: say what the value means` }];
}

function termFindings(sentence: string): ProseFinding[] {
  return TERMS.flatMap(([pattern, instead]): ProseFinding[] => {
    const found = pattern.exec(sentence)?.[0];
    return found === undefined ? [] : [{ rule: 'term', message: `"${found}": write ${instead}` }];
  });
}

/**
 * Ends a sentence at `.`, `!`, `?` and at a colon that opens a new sentence. Abbreviations and
 * numbers do not end one.
 */
export function splitSentences(text: string): string[] {
  return text
    .replace(/\b(e\.g|i\.e|vs|etc|approx|No)\./g, '$1')
    .split(/(?<=[.!?:]["')]?)\s+(?=["'(]?[A-Z0-9`])/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}
