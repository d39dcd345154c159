/** The mailboxes of a comma-separated list; commas in quoted names part nothing. */
export function splitMailboxes(text: string | null | undefined): string[] {
  if (!text) return [];
  const list: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '\\' && isQuoted) i++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === ',' && !isQuoted) {
      list.push(text.slice(from, i));
      from = i + 1;
    }
  }
  list.push(text.slice(from));
  return list.map((one) => one.trim()).filter((one) => one !== '');
}

/** `Name <address>`, the name quoted where it has to be. */
export function mailboxOf({ email, name }: { readonly email: string; readonly name?: string | null | undefined }): string {
  return name ? `"${name.replace(/(["\\])/g, '\\$1')}" <${email}>` : email;
}

const TAG = /^[A-Za-z0-9_-]{1,256}$/;

/** Other services' labels: as a tag where a tag can hold them, else as metadata. */
export function labels(
  name: string,
  values: readonly string[],
): {
  tags: { name: string; value: string }[];
  metadata: Record<string, string>;
} {
  const fitting = values.filter((value) => TAG.test(value));
  const others = values.filter((value) => !TAG.test(value));
  return {
    tags: fitting.map((value) => ({ name, value })),
    metadata: Object.fromEntries(others.map((value, i) => [others.length === 1 ? name : `${name}_${i + 1}`, value])),
  };
}
