import { ApiError, api, unwrap } from '../api/client';

interface Sample {
  readonly name: string;
  readonly subject: string;
  readonly preheader: string;
  readonly from_name: string;
  readonly from_local_part: string;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A first campaign for those who have no contacts yet: the shipped contact file and newsletter, through the same API that
 * everybody uses. Offered only while delivery is the sandbox, where nothing leaves the machine.
 * @param say is told each step
 * @returns the campaign's id
 */
export async function sendSampleCampaign(say: (step: 'importing' | 'creating') => void): Promise<string> {
  const [contacts, source, sample] = await Promise.all([
    fetch('/sample/contacts.csv').then((response) => response.blob()),
    fetch('/sample/newsletter.mjml').then((response) => response.text()),
    fetch('/sample/campaign.json').then((response) => response.json() as Promise<Sample>),
  ]);
  say('importing');
  const suffix = new Date().toISOString().slice(0, 19).replace('T', ' ');
  const list = await unwrap(api.POST('/v1/lists', { body: { name: `Sample readers ${suffix}` } }));
  await importContacts(list.id, contacts);
  say('creating');
  const { name, subject, preheader, from_name: fromName, from_local_part: localPart } = sample;
  const template = await unwrap(
    api.POST('/v1/templates', { body: { name, language: 'en', direction: 'ltr', subject, preheader, source } }),
  );
  const campaign = await unwrap(
    api.POST('/v1/campaigns', {
      body: {
        name,
        templateId: template.id,
        fromName,
        fromEmail: `${localPart}@sandbox.chapar.test`,
        audience: { include: { lists: [list.id] } },
      },
    }),
  );
  await unwrap(api.POST('/v1/campaigns/{id}/send', { params: { path: { id: campaign.id } } }));
  return campaign.id;
}

async function importContacts(list: string, file: Blob): Promise<void> {
  const { uploadContacts } = await import('./contacts/upload-contacts');
  let progress = await uploadContacts(file, { list, file_name: 'contacts.csv' });
  while (progress.status === 'waiting' || progress.status === 'running') {
    await pause(250);
    progress = await unwrap(api.GET('/v1/imports/{id}', { params: { path: { id: progress.id } } }));
  }
  if (progress.status !== 'finished')
    throw new ApiError(422, { name: 'import_failed', message: progress.error?.message ?? progress.status });
}
