import { SmtpSink } from '#testing/smtp-sink';

// Takes mail in a process of its own and tells the CPU time it has used when asked.
const sink = await SmtpSink.listen({ keepsMessages: false });
process.on('message', () => process.send!(process.cpuUsage()));
process.on('disconnect', () => process.exit(0));
process.send!({ port: sink.port });
