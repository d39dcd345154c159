// The one table of who may import whom. dependency-cruiser (npm test) and eslint-plugin-boundaries (editor) both read it.

/** Layers under libs/, lowest first: a layer may import itself and the layers it names. */
export const layers = {
  base: [],
  protocol: ['base'],
  net: ['base', 'protocol'],
  platform: ['base', 'protocol'],
  domain: ['base', 'protocol', 'platform', 'net'],
};

/** Domain libs and the domain libs each may import; everything else goes through the outbox. */
export const domains = {
  accounts: [],
  egress: ['accounts'],
  deliverability: ['accounts'],
  audience: ['accounts'],
  templates: ['accounts', 'audience'],
  tracking: ['accounts', 'audience', 'templates'],
  filtering: ['accounts'],
  feedback: ['accounts', 'audience', 'tracking', 'filtering'],
  shaping: ['accounts', 'egress'],
  sending: ['accounts', 'audience', 'egress', 'shaping', 'templates', 'deliverability', 'tracking', 'feedback'],
  messages: ['accounts', 'audience', 'templates', 'deliverability', 'sending', 'shaping', 'tracking'],
  campaigns: ['accounts', 'audience', 'templates', 'deliverability', 'sending', 'tracking', 'feedback'],
  mailstore: ['accounts', 'filtering'],
  'mail-access': ['accounts', 'mailstore'],
  webhooks: ['accounts', 'templates'],
};

/** Apps are wiring: they import libs, never each other. `web` is what browsers load. */
export const apps = ['api', 'tracker', 'mta', 'mx', 'mailbox', 'worker', 'simulator', 'cli', 'web'];
