// A first campaign for those who have no contacts yet: the shipped contact file and newsletter, through the same API
// that everybody uses. Offered only while delivery is the sandbox, where nothing leaves this machine.
import { call, post } from './api.js';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Imports the sample readers, makes the sample campaign and sends it. `say` is told each step: `importing`, `creating`. */
export async function sendSampleCampaign(say) {
  const [contacts, source, sample] = await Promise.all([
    fetch('/sample/contacts.csv').then((response) => response.blob()),
    fetch('/sample/newsletter.mjml').then((response) => response.text()),
    call('/sample/campaign.json'),
  ]);
  say('importing');
  const suffix = new Date().toISOString().slice(0, 19).replace('T', ' ');
  const list = await post('/v1/lists', { name: `Sample readers ${suffix}` });
  await importContacts(list.id, contacts);
  say('creating');
  const { name, subject, preheader, from_name: fromName, from_local_part: localPart } = sample;
  const template = await post('/v1/templates', { name, language: 'en', direction: 'ltr', subject, preheader, source });
  const campaign = await post('/v1/campaigns', {
    name,
    templateId: template.id,
    fromName,
    fromEmail: `${localPart}@sandbox.chapar.test`,
    audience: { include: { lists: [list.id] } },
  });
  await post(`/v1/campaigns/${campaign.id}/send`);
}

async function importContacts(listId, file) {
  let progress = await call(`/v1/imports?list=${listId}&file_name=contacts.csv`, { method: 'POST', type: 'text/csv', body: file });
  while (progress.status === 'waiting' || progress.status === 'running') {
    await pause(250);
    progress = await call(`/v1/imports/${progress.id}`);
  }
  if (progress.status !== 'finished') throw new Error(progress.error?.message ?? progress.status);
}
