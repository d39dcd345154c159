import type { IconName } from '../ui/icons';

/** The places of the rail, the palette and the shortcuts: one list. `key` is the physical key after G. */
export const places = [
  { to: '/', text: 'home', icon: 'home', key: 'KeyH' },
  { to: '/campaigns', text: 'campaigns', icon: 'send', key: 'KeyC' },
  { to: '/templates', text: 'templates', icon: 'template', key: 'KeyE' },
  { to: '/contacts', text: 'contacts', icon: 'users', key: 'KeyT' },
  { to: '/lists', text: 'lists', icon: 'list', key: 'KeyL' },
  { to: '/imports', text: 'imports', icon: 'upload', key: undefined },
  { to: '/suppressions', text: 'suppressions', icon: 'ban', key: 'KeyS' },
  { to: '/replies', text: 'replies', icon: 'inbox', key: 'KeyI' },
  { to: '/messages', text: 'messages', icon: 'mail', key: 'KeyM' },
  { to: '/domains', text: 'domains', icon: 'world', key: 'KeyD' },
  { to: '/queue', text: 'queue', icon: 'stack', key: 'KeyQ' },
  { to: '/sources', text: 'sources', icon: 'server', key: undefined },
  { to: '/keys', text: 'keys', icon: 'key', key: 'KeyK' },
  { to: '/webhooks', text: 'webhooks', icon: 'webhook', key: 'KeyW' },
  { to: '/audit', text: 'audit', icon: 'shield', key: undefined },
  { to: '/settings', text: 'settings', icon: 'settings', key: 'Comma' },
] as const satisfies readonly { to: string; text: string; icon: IconName; key: string | undefined }[];

export type Place = (typeof places)[number];

/** How the rail groups them. */
export const groups = [
  { title: undefined, places: ['home', 'campaigns', 'templates'] },
  { title: 'audience', places: ['contacts', 'lists', 'imports', 'suppressions'] },
  { title: 'mail', places: ['replies', 'messages'] },
  { title: 'deliverability', places: ['domains', 'queue', 'sources'] },
  { title: 'developers', places: ['keys', 'webhooks'] },
  { title: 'workspace', places: ['audit', 'settings'] },
] as const satisfies readonly { title: string | undefined; places: readonly Place['text'][] }[];
