import { SmtpSink } from '#testing/smtp-sink';

// Takes mail in a process of its own and counts it; the bench asks by message.
const sink = await SmtpSink.listen({ keepsMessages: false });
process.on('message', (question: 'count') => question === 'count' && process.send!({ accepted: sink.accepted }));
process.on('disconnect', () => process.exit(0));
process.send!({ port: sink.port });
