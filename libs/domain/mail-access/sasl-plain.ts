/** RFC 4616: authorisation identity, user, password. @returns undefined where it is none, or somebody wants to be somebody else */
export function readPlain(response: Buffer): { readonly user: string; readonly password: string } | undefined {
  const [authzid, user, password, ...more] = response.toString('utf8').split('\0');
  if (user === undefined || user === '' || password === undefined || more.length > 0) return undefined;
  return authzid === '' || authzid === user ? { user, password } : undefined;
}
