import { callerOf, profileOf } from './caller.js';
import { beginSignIn, completeSignIn, currentToken, forgetToken, maySignInUnasked } from './sign-in.js';
import { onAction, show } from './view.js';

/**
 * Shows the profile of the caller of one conversation. Every wait has a bound, and every end of a
 * wait is a state with words. The page moves no focus and opens no dialog, so the agent's desktop
 * goes on while the page waits.
 */

/** The longest wait for the page of the login. */
const LOGIN_PAGE_WITHIN_MS = 10_000;

/** An interaction widget replaces `{{gcConversationId}}` in its address. */
function conversationId() {
  const given = new URLSearchParams(location.search).get('conversationId') ?? '';
  return /^[0-9a-f-]{36}$/i.test(given) ? given : undefined;
}

let isBusy = false;

async function run(isAsked) {
  if (isBusy) return;
  isBusy = true;
  try {
    await look(isAsked);
  } catch {
    show({ kind: 'broken' });
  } finally {
    isBusy = false;
  }
}

async function look(isAsked) {
  const conversation = conversationId();
  if (conversation === undefined) return void show({ kind: 'no-conversation' });
  const token = currentToken();
  if (token === undefined) return void (await signIn(isAsked));
  show({ kind: 'loading' });
  const caller = await callerOf(conversation, token);
  const found = caller.kind === 'caller' ? await profileOf(caller, token) : caller;
  if (found.kind === 'signed-out') forgetToken();
  show(found);
}

async function signIn(isAsked) {
  if (!isAsked && !maySignInUnasked()) return void show({ kind: 'signed-out' });
  show({ kind: 'signing-in' });
  await beginSignIn();
  // The browser leaves the page as soon as the login answers.
  setTimeout(() => {
    window.stop();
    show({ kind: 'signed-out' });
  }, LOGIN_PAGE_WITHIN_MS);
}

onAction(() => void run(true));
if (await completeSignIn()) await run(false);
else show({ kind: 'signed-out' });
