import * as z from 'zod';
import { instant, listOf } from '../http/answers.js';
import { previewAnswer } from './campaign.schema.js';

const direction = z.enum(['ltr', 'rtl']);
const warnings = z.array(z.object({ code: z.string(), message: z.string(), line: z.number().optional() })).readonly();
const summary = { object: z.string(), id: z.string(), name: z.string(), language: z.string(), direction };

export const templateListAnswer = listOf('Templates', z.object({ ...summary, subject: z.string(), updated_at: instant }));
export const templateAnswer = z
  .object({
    ...summary,
    version: z.number().int(),
    subject: z.string(),
    preheader: z.string(),
    source: z.string(),
    text_source: z.string().nullable(),
    missing_values: z.enum(['empty', 'strict']),
    links: z.array(z.object({ position: z.number().int(), url: z.string(), isDynamic: z.boolean() })).readonly(),
    warnings: warnings.optional(),
  })
  .meta({ id: 'Template' });

/** A draft as a reader would see it; one that does not compile is an error with its lines. */
export const templatePreviewAnswer = previewAnswer.extend({ warnings }).meta({ id: 'TemplatePreview' });

const inBothLanguages = z.object({ en: z.string(), fa: z.string() });
const perLanguage = z.object({ subject: z.string(), preheader: z.string(), sample: z.record(z.string(), z.unknown()) });
export const galleryAnswer = listOf(
  'TemplateGallery',
  z.object({
    key: z.string(),
    category: z.string(),
    name: inBothLanguages,
    description: inBothLanguages,
    en: perLanguage,
    fa: perLanguage,
  }),
);
