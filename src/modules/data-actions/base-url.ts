/**
 * An address of Datadip that is safe in a template: a host, a port, and a path without `..`. No
 * character of it has a meaning in Velocity, in JSON or in a URL, so the text may come from a
 * request.
 */
const ADDRESS =
  /^(https?):\/\/(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)*\/?$/i;

/** @returns why Data Actions cannot use the address; `undefined` means that they can */
export function baseUrlComplaint(text: string, allowHttp: boolean): string | undefined {
  const scheme = ADDRESS.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || !URL.canParse(text))
    return 'must be an address such as https://datadip.example.com, without a query or a fragment';
  return scheme === 'http' && !allowHttp ? 'must be https, because requests carry keys and personal data' : undefined;
}

/** Removes the slash at the end, so that a path can be appended. */
export function trimmedBaseUrl(text: string): string {
  return text.replace(/\/$/, '');
}
