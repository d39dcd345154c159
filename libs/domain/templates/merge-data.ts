import type { MergeData } from './template.types.js';

/** What a delivery row keeps of its contact. */
export interface DeliveryMerge {
  readonly email: string;
  /** The fields of `CompiledTemplate.fields`, as they were when the campaign was frozen. */
  readonly merge: Readonly<Record<string, unknown>> | null;
}

/** The merge data of a delivery: its frozen fields and its address. */
export function mergeDataOf({ email, merge }: DeliveryMerge): MergeData {
  return { ...merge, email };
}

export interface ContactFields {
  readonly email: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly language: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The merge data of a contact as it is now, for previews and tests. Its own columns win over attributes of the same name. */
export function contactMergeData({ attributes, email, first_name, last_name, language }: ContactFields): MergeData {
  return { ...attributes, email, first_name, last_name, language };
}
