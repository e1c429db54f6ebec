/**
 * An address of ours as it may stand in a template: a host, a port, a plain path that does not climb. Nothing in it can mean anything to
 * Velocity, to JSON or in a URL, wherever the text came from.
 */
const ADDRESS =
  /^(https?):\/\/(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)*\/?$/i;

/** Why a text is no address for Data Actions; absent: it is one. */
export function baseUrlComplaint(text: string, allowHttp: boolean): string | undefined {
  const scheme = ADDRESS.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || !URL.canParse(text))
    return 'must be an address such as https://datadip.example.com, with nothing after the path';
  return scheme === 'http' && !allowHttp ? 'must be https: keys and personal data go over it' : undefined;
}

/** As paths are appended to it. */
export function trimmedBaseUrl(text: string): string {
  return text.replace(/\/$/, '');
}
