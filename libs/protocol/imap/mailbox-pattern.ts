import { DELIMITER } from './mailbox-name.js';

/**
 * LIST's patterns (RFC 9051 §6.3.9): `*` is anything, `%` anything within a level. Time is length of pattern times length of name, whatever they
 * hold: all states are followed at once, nothing is tried again. The first level compares without case when it is INBOX.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const wanted = simplify(pattern);
  return statesAfter(wanted, name)[wanted.length] === 1;
}

/** Whether any name below `name` could match: what RECURSIVEMATCH and `%` with missing parents ask. */
export function couldMatchBelow(pattern: string, name: string): boolean {
  const wanted = simplify(pattern);
  // A state at the very end has no room for a level below.
  return statesAfter(wanted, `${name}${DELIMITER}`).subarray(0, wanted.length).includes(1);
}

/** 1 for every place in the pattern that reading the text can lead to. */
function statesAfter(wanted: readonly string[], text: string): Uint8Array {
  let states = closure(wanted, new Uint8Array(wanted.length + 1).fill(1, 0, 1));
  for (const character of text) {
    const next = new Uint8Array(wanted.length + 1);
    for (let at = 0; at < wanted.length; at += 1) {
      if (states[at] === 0) continue;
      const symbol = wanted[at]!;
      if (symbol === '*' || (symbol === '%' && character !== DELIMITER)) next[at] = 1;
      else if (symbol === character && symbol !== '%') next[at + 1] = 1;
    }
    states = closure(wanted, next);
  }
  return states;
}

/** A wildcard may stand for nothing. */
function closure(pattern: readonly string[], states: Uint8Array): Uint8Array {
  for (let at = 0; at < pattern.length; at += 1) if (states[at] === 1 && (pattern[at] === '*' || pattern[at] === '%')) states[at + 1] = 1;
  return states;
}

/** Runs of wildcards say no more than one; INBOX is in capitals, as names are. */
function simplify(pattern: string): string[] {
  const inbox = pattern.replace(/^inbox(?=$|[/*%])/i, 'INBOX');
  return [...inbox.replace(/[*%]*\*[*%]*/g, '*').replace(/%+/g, '%')];
}
