import { isIP } from 'node:net';

/** Which addresses of a host are tried, and which kind first. */
export type AddressPolicy = 'prefer-v6' | 'prefer-v4' | 'v6-only' | 'v4-only';

export const addressPolicies: readonly AddressPolicy[] = ['prefer-v6', 'prefer-v4', 'v6-only', 'v4-only'];

/**
 * Addresses in the order to try: the preferred family first, then the families in turn (RFC 8305 §4), each family
 * shuffled, because answers from a cache do not rotate by themselves.
 */
export function orderAddresses(addresses: readonly string[], policy: AddressPolicy, random: () => number): string[] {
  const six = shuffle(addresses.filter(isV6), random);
  const four = shuffle(
    addresses.filter((address) => !isV6(address)),
    random,
  );
  if (policy === 'v6-only') return six;
  if (policy === 'v4-only') return four;
  const [first, second] = policy === 'prefer-v6' ? [six, four] : [four, six];
  return Array.from({ length: Math.max(first.length, second.length) }, (_, i) => [first[i], second[i]])
    .flat()
    .filter((address) => address !== undefined);
}

/** Items by ascending `preference`, equal ones in random order (RFC 5321 §5.1: to spread the load). */
export function shuffleEqual<T extends { readonly preference: number }>(items: readonly T[], random: () => number): T[] {
  return shuffle(items, random).sort((a, b) => a.preference - b.preference);
}

/** Fisher and Yates: every order is equally likely. */
function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [result[i], result[other]] = [result[other]!, result[i]!];
  }
  return result;
}

function isV6(address: string): boolean {
  return isIP(address) === 6;
}
