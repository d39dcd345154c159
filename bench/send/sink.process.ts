import { SmtpSink, type SmtpSinkOptions } from '#testing/smtp-sink';

/** What the sink of a bench is told as it starts. */
export type SinkSettings = Pick<SmtpSinkOptions, 'tls' | 'roundTripMs' | 'extensions'>;

// Takes mail in a process of its own and tells what it took and the CPU time it has used when asked.
const sink = await SmtpSink.listen({ ...(JSON.parse(process.argv[2] ?? '{}') as SinkSettings), keepsMessages: false });
process.on('message', (asked: 'cpu' | 'accepted') => process.send!(asked === 'cpu' ? process.cpuUsage() : sink.accepted));
process.on('disconnect', () => process.exit(0));
process.send!({ port: sink.port });
