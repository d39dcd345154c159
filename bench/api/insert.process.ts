import Fastify from 'fastify';
import { uuidv7 } from '#base/kernel';
import { sendEmailSchema } from '#domain/messages';
import { openDataSource } from '#platform/database';

// The peer: the same HTTP server, the same check of the body, and one INSERT for each request, committed before the answer.
const [, , databaseUrl] = process.argv;
process.on('disconnect', () => process.exit(0));

const dataSource = await openDataSource({ url: databaseUrl!, entities: [], poolSize: 8, applicationName: 'bench-insert' });
await dataSource.query('CREATE TABLE IF NOT EXISTS bench_mails (id uuid PRIMARY KEY, body jsonb NOT NULL)');
const fastify = Fastify();
fastify.post('/emails', async (request) => {
  const body = sendEmailSchema.parse(request.body);
  const id = uuidv7();
  await dataSource.query('INSERT INTO bench_mails (id, body) VALUES ($1, $2)', [id, JSON.stringify(body)]);
  return { id };
});
process.send!({ url: await fastify.listen({ port: 0, host: '127.0.0.1' }) });
