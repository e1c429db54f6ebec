/** The settings of the page, from its HTML. */
function setting(name) {
  return document.querySelector(`meta[name="${name}"]`)?.content ?? '';
}

export const DATADIP_URL = setting('datadip-url');
export const LOGIN_URL = setting('login-url');
export const API_URL = setting('api-url');
export const CLIENT_ID = setting('client-id');
