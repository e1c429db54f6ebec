/** The words and the colour of each state. A colour never stands without its words. */
const STATES = {
  loading: ['waiting', 'Looking up the caller.'],
  'signing-in': ['waiting', 'Signing in.'],
  'no-conversation': ['waiting', 'No conversation. The caller appears here when a conversation rings.'],
  fresh: ['fresh', 'Up to date.'],
  stale: ['stale', 'Older data. Newer data is being loaded.'],
  'not-found': ['stale', 'No customer has this id or number.'],
  'no-number': ['stale', 'The conversation has no number.'],
  degraded: ['bad', 'No data: the customer system does not answer.'],
  busy: ['bad', 'No data: the service is busy. Ask again in a moment.'],
  'no-answer': ['bad', 'No data: no answer in time.'],
  'not-allowed': ['bad', 'This account may not see callers. Tell your administrator.'],
  broken: ['bad', 'This page failed. Tell your administrator: it needs HTTPS.'],
  'signed-out': ['bad', 'Signed out. Sign in to see the caller.'],
};

const BUTTONS = { 'signed-out': 'Sign in', loading: undefined, 'signing-in': undefined, 'no-conversation': undefined };

/** The parts of an answer that are about the answer, and not about the customer. */
const ABOUT_THE_ANSWER = new Set(['contactFound', 'source', 'cacheHit', 'latencyMs', 'error', 'partial', 'missing']);

/** Shows one state. All values are set as text, so no value can become HTML. */
export function show({ kind, profile = {} }) {
  const [look, words] = STATES[kind];
  const state = element('state');
  state.className = look;
  state.textContent = words;
  const { displayName, ...fields } = profile;
  element('name').textContent = typeof displayName === 'string' && displayName !== '' ? displayName : 'Caller';
  element('fields').replaceChildren(...Object.entries(fields).flatMap(([name, value]) => row(name, value)));
  const label = kind in BUTTONS ? BUTTONS[kind] : 'Ask again';
  const button = element('action');
  button.hidden = label === undefined;
  if (label !== undefined) button.textContent = label;
}

/** @param act called when the agent presses the button */
export function onAction(act) {
  element('action').addEventListener('click', act);
}

function row(name, value) {
  if (ABOUT_THE_ANSWER.has(name)) return [];
  const [term, text] = [document.createElement('dt'), document.createElement('dd')];
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  term.textContent = words.charAt(0).toUpperCase() + words.slice(1);
  text.textContent = String(value);
  return [term, text];
}

function element(id) {
  return document.getElementById(id);
}
