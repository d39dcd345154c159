import * as z from 'zod';
import { type ErrorDetail } from '#base/kernel';
import { tryParseAddress } from '#protocol/mime';
import { campaignError } from './campaigns.errors.js';

// A header value may not hold a line end, a NUL or a control character: RFC 5322 §2.2, and the way headers are injected.
const headerText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)

    .refine((text) => !/[\u0000-\u001f\u007f\u2028\u2029]/.test(text), 'may not contain line breaks or control characters');

const address = headerText(320).refine((text) => tryParseAddress(text).ok, 'is not an e-mail address');

/** A draft may have nobody yet; one that is sent may not. */
export const campaignAudienceSchema = z.strictObject({
  include: z.strictObject({ lists: z.array(z.uuid()).max(100) }),
  exclude: z.strictObject({ lists: z.array(z.uuid()).max(100) }).default({ lists: [] }),
});

const fields = {
  name: headerText(200).min(1),
  templateId: z.uuid().nullable(),
  fromName: headerText(200),
  fromEmail: address,
  /** Empty: answers come to us and are tied to the campaign. */
  replyTo: z.union([z.literal(''), address]),
  audience: campaignAudienceSchema,
};

export const newCampaignSchema = z.strictObject({
  ...fields,
  templateId: fields.templateId.default(null),
  fromName: fields.fromName.default(''),
  replyTo: fields.replyTo.default(''),
});

// Without defaults: they would empty what a change does not name.
export const campaignPatchSchema = z.strictObject(fields).partial();

export type NewCampaign = z.input<typeof newCampaignSchema>;
export type CampaignPatch = z.input<typeof campaignPatchSchema>;

/** @throws ChaparError `campaign_invalid` naming every field that cannot be used */
export function parseCampaign<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const details: ErrorDetail[] = parsed.error.issues.map((issue) => ({
    field: issue.path.join('.'),
    code: issue.code,
    message: `${issue.path.join('.') || 'campaign'} ${issue.message}`,
  }));
  throw campaignError('campaign_invalid', `The campaign cannot be saved: ${details.map((detail) => detail.message).join('; ')}.`, {
    details,
  });
}
