// Runs in a worker thread, so that a slow template can be stopped and MJML's memory is not the sender's.
// It imports nothing of the product: Node also starts this file as it stands, without a build, for the specs.
import { parentPort } from 'node:worker_threads';
import mjml2html from 'mjml';

parentPort!.on('message', async (request: { id: number; mjml: string }) => {
  try {
    // `ignoreIncludes` stays at its default, true: nothing is read from disk. No fonts of third parties by default.
    const { html, errors } = await mjml2html(request.mjml, { validationLevel: 'soft', keepComments: true, fonts: {} });
    parentPort!.postMessage({ id: request.id, html, errors: errors.map(({ line, message, tagName }) => ({ line, message, tagName })) });
  } catch (error) {
    parentPort!.postMessage({
      id: request.id,
      html: '',
      errors: [{ line: 0, message: error instanceof Error ? error.message : String(error), tagName: 'mjml' }],
    });
  }
});
