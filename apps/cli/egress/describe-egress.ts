import type { PoolView, SourceView, StreamView } from '#domain/egress';
import { table } from '../output.js';

export function describeSources(sources: readonly SourceView[]): string {
  return table(
    ['source', 'state', 'leaves from', 'greets as', 'pools', 'note'],
    sources.map((source) => [
      source.name,
      source.state,
      describePath(source),
      source.helo ?? '(CHAPAR_HOSTNAME)',
      source.pools.map(({ pool, weight }) => `${pool} (${weight})`).join(', '),
      source.note,
    ]),
  );
}

function describePath({ localV4, localV6, proxy, smarthost, addressPolicy }: SourceView): string {
  const parts = [
    [localV4, localV6].filter(Boolean).join(' and ') || (proxy || smarthost ? '' : 'any address'),
    proxy && `by ${proxy.kind} ${proxy.host}:${proxy.port}`,
    smarthost &&
      `to ${smarthost.kind === 'ses' ? 'Amazon SES' : 'the smarthost'} ${smarthost.host}:${smarthost.port} (${smarthost.security})`,
    addressPolicy,
  ];
  return parts.filter(Boolean).join(', ');
}

export function describePools(pools: readonly PoolView[]): string {
  return table(
    ['pool', 'sources', 'over the day’s volume', 'streams'],
    pools.map(({ name, members, overflow, streams }) => [
      name,
      members
        .map(({ source, weight, state }) => `${source} ${share(weight, members)}${state === 'active' ? '' : ` (${state})`}`)
        .join(', '),
      overflow ? 'goes by the others' : 'waits',
      streams.map(({ stream, workspaceId }) => `${stream} of ${workspaceId ?? 'all workspaces'}`).join(', '),
    ]),
  );
}

function share(weight: number, members: PoolView['members']): string {
  return `${Math.round((100 * weight) / members.reduce((sum, member) => sum + member.weight, 0))} %`;
}

export function describeStreams(streams: readonly StreamView[]): string {
  return table(
    ['stream', 'of', 'pool'],
    streams.map(({ stream, workspaceId, workspace, pool }) => [
      stream,
      workspaceId === null ? 'all workspaces' : `${workspace} (${workspaceId})`,
      pool,
    ]),
  );
}
