import { type Command, InvalidArgumentError, Option } from 'commander';

/** What of a source the command line can say; `none` takes away. */
export interface SourceOptions {
  readonly v4?: string;
  readonly v6?: string;
  readonly helo?: string;
  readonly addressPolicy?: string;
  readonly socks5?: HostPort | 'none';
  readonly haproxy?: HostPort | 'none';
  readonly proxyUser?: string;
  readonly proxyVersion?: number;
  readonly smarthost?: HostPort | 'none';
  readonly ses?: string;
  readonly security?: string;
  readonly user?: string;
  readonly mechanism?: string[];
  readonly caFile?: string;
  readonly configurationSet?: string;
  readonly header?: string[];
  readonly connections?: number;
  readonly rate?: number;
  readonly messagesPerConnection?: number;
  readonly note?: string;
  readonly secretStdin?: boolean;
  readonly elsewhere?: boolean;
  readonly json?: boolean;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const several = (value: string, before: string[] = []) => [...before, value];

export function withSourceOptions(command: Command): Command {
  return command
    .option('--v4 <address>', 'the IPv4 address that mail leaves from; "none" for any')
    .option('--v6 <address>', 'the IPv6 address that mail leaves from; "none" for any')
    .option('--helo <name>', 'the host name that it greets with; "none" for CHAPAR_HOSTNAME')
    .option('--address-policy <policy>', 'prefer-v4, prefer-v6, v4-only or v6-only; "none" for that of the installation')
    .option('--socks5 <host:port>', 'connect by way of this SOCKS5 proxy; "none" for directly', parseHostPort)
    .option('--haproxy <host:port>', 'connect by way of this HAProxy, which is told the address to leave from', parseHostPort)
    .addOption(
      new Option('--proxy-version <version>', 'of the PROXY protocol that HAProxy is spoken to').choices(['1', '2']).argParser(Number),
    )
    .option('--proxy-user <name>', 'user of the SOCKS5 proxy')
    .option('--smarthost <host:port>', 'hand all mail to this relay; "none" to deliver by MX', parseHostPort)
    .option('--ses <region>', 'hand all mail to Amazon SES in this region; the user is the access key id, the secret the secret access key')
    .option('--security <how>', 'towards the relay: implicit, starttls, opportunistic or none')
    .option('--user <name>', 'user of the relay')
    .option('--mechanism <name>', 'authenticate only by this mechanism; may be repeated', several)
    .option('--ca-file <file>', 'authorities that vouch for the relay, PEM, in place of the usual ones')
    .option('--configuration-set <name>', 'of Amazon SES')
    .option('--header <line>', 'a header line for the relay, "Name: value"; may be repeated', several)
    .option('--connections <n>', 'as many connections to the relay at most', Number)
    .option('--rate <n>', 'as many messages a second to the relay at most', Number)
    .option('--messages-per-connection <n>', 'then connect to the relay anew', Number)
    .option('--note <text>', 'for people')
    .option('--secret-stdin', 'read the password of the relay (or else of the proxy) from standard input')
    .option('--elsewhere', 'the delivering machine is another one: do not look for the address here')
    .option('--json', 'print JSON');
}

function parseHostPort(text: string): HostPort | 'none' {
  if (text === 'none') return 'none';
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text);
  if (!match) throw new InvalidArgumentError('It must be a host and a port: relay.example.org:587 or [2001:db8::1]:1080.');
  return { host: (match[1] ?? match[2])!, port: Number(match[3]) };
}
