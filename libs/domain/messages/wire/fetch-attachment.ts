import { messageOf } from '#base/kernel';
import { type PublicHttpsOptions, publicHttps } from '#net/tls-policy';
import { messageLimits } from '../message-draft.js';
import { type AttachmentFetch, refused } from './to-draft.js';

/** Fetches attachments from the public internet: https only, no redirects, no address inside, within limits of time and size. */
export function attachmentFetcher(options: PublicHttpsOptions): AttachmentFetch {
  return async (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
      throw refused('attachments.path', 'give an https address without a password');
    try {
      const { response, body } = await publicHttps(options, {
        host: url.hostname,
        ...(url.port !== '' && { port: Number(url.port) }),
        path: `${url.pathname}${url.search}`,
        headers: { accept: '*/*' },
        maxBytes: messageLimits.sizeBytes,
      });
      if (response.statusCode !== 200) throw new Error(`the server answered ${response.statusCode}; redirects are not followed`);
      return body;
    } catch (error) {
      throw refused('attachments.path', `${url.host} did not give it: ${messageOf(error)}`);
    }
  };
}
