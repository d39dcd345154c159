import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { RouteError, RouteMissing } from './shell/route-states';
import { Shell } from './shell/shell';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const oneOf = <T extends string>(value: unknown, known: readonly T[]): T | undefined => known.find((one) => one === value);

export const builderSteps = ['audience', 'content', 'test', 'checks', 'schedule', 'review'] as const;
export type BuilderStep = (typeof builderSteps)[number];

const root = createRootRoute({ component: Shell, errorComponent: RouteError, notFoundComponent: RouteMissing });
const under = () => root;

// What a page shows stands in its address, so that it can be pasted to somebody else.
const routes = [
  createRoute({ getParentRoute: under, path: '/', component: lazyRouteComponent(() => import('./screens/home'), 'Home') }),
  createRoute({
    getParentRoute: under,
    path: '/campaigns',
    validateSearch: (search: Record<string, unknown>): { create?: true; status?: string } => ({
      ...(search['create'] ? { create: true as const } : {}),
      ...(text(search['status']) && { status: text(search['status'])! }),
    }),
    component: lazyRouteComponent(() => import('./screens/campaigns/campaign-list'), 'CampaignList'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/campaigns/$id',
    component: lazyRouteComponent(() => import('./screens/campaigns/campaign-page'), 'CampaignPage'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/campaigns/$id/edit',
    validateSearch: (search: Record<string, unknown>): { step?: BuilderStep } => {
      const step = oneOf(search['step'], builderSteps);
      return step ? { step } : {};
    },
    component: lazyRouteComponent(() => import('./screens/campaigns/builder'), 'CampaignBuilder'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/templates',
    component: lazyRouteComponent(() => import('./screens/templates/template-list'), 'TemplateList'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/templates/$id',
    component: lazyRouteComponent(() => import('./screens/templates/template-editor'), 'TemplateEditor'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/contacts',
    validateSearch: (
      search: Record<string, unknown>,
    ): { search?: string; list?: string; status?: 'subscribed' | 'unsubscribed' | 'unconfirmed' } => {
      const status = oneOf(search['status'], ['subscribed', 'unsubscribed', 'unconfirmed'] as const);
      return {
        ...(text(search['search']) && { search: text(search['search'])! }),
        ...(text(search['list']) && { list: text(search['list'])!, ...(status && { status }) }),
      };
    },
    component: lazyRouteComponent(() => import('./screens/contacts/contact-list'), 'ContactList'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/contacts/$id',
    component: lazyRouteComponent(() => import('./screens/contacts/contact-page'), 'ContactPage'),
  }),
  createRoute({ getParentRoute: under, path: '/lists', component: lazyRouteComponent(() => import('./screens/contacts/lists'), 'Lists') }),
  createRoute({
    getParentRoute: under,
    path: '/imports',
    component: lazyRouteComponent(() => import('./screens/contacts/imports'), 'Imports'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/imports/new',
    validateSearch: (search: Record<string, unknown>): { list?: string } => (text(search['list']) ? { list: text(search['list'])! } : {}),
    component: lazyRouteComponent(() => import('./screens/contacts/import-wizard'), 'ImportWizard'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/imports/$id',
    component: lazyRouteComponent(() => import('./screens/contacts/import-page'), 'ImportPage'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/suppressions',
    validateSearch: (search: Record<string, unknown>): { search?: string } =>
      text(search['search']) ? { search: text(search['search'])! } : {},
    component: lazyRouteComponent(() => import('./screens/contacts/suppressions'), 'Suppressions'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/domains',
    component: lazyRouteComponent(() => import('./screens/delivery/domains'), 'Domains'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/domains/$id',
    component: lazyRouteComponent(() => import('./screens/delivery/domain-page'), 'DomainPage'),
  }),
  createRoute({ getParentRoute: under, path: '/queue', component: lazyRouteComponent(() => import('./screens/delivery/queue'), 'Queue') }),
  createRoute({
    getParentRoute: under,
    path: '/queue/$lane',
    component: lazyRouteComponent(() => import('./screens/delivery/lane-page'), 'LanePage'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/sources',
    component: lazyRouteComponent(() => import('./screens/delivery/sources'), 'Sources'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/keys',
    component: lazyRouteComponent(() => import('./screens/developers/api-keys'), 'ApiKeys'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/webhooks',
    component: lazyRouteComponent(() => import('./screens/developers/webhooks'), 'Webhooks'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/webhooks/$id',
    component: lazyRouteComponent(() => import('./screens/developers/webhook-page'), 'WebhookPage'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/messages',
    validateSearch: (search: Record<string, unknown>): { find?: string } => (text(search['find']) ? { find: text(search['find'])! } : {}),
    component: lazyRouteComponent(() => import('./screens/messages/messages'), 'Messages'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/messages/$id',
    component: lazyRouteComponent(() => import('./screens/messages/message-page'), 'MessagePage'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/replies',
    validateSearch: (search: Record<string, unknown>): { closed?: true; thread?: string } => ({
      ...(search['closed'] ? { closed: true as const } : {}),
      ...(text(search['thread']) && { thread: text(search['thread'])! }),
    }),
    component: lazyRouteComponent(() => import('./screens/replies'), 'Replies'),
  }),
  createRoute({ getParentRoute: under, path: '/audit', component: lazyRouteComponent(() => import('./screens/audit'), 'Audit') }),
  createRoute({ getParentRoute: under, path: '/settings', component: lazyRouteComponent(() => import('./screens/settings'), 'Settings') }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  basepath: '/app',
  defaultPreload: 'intent',
  scrollRestoration: true,
  // Ids and addresses are text, also where they look like numbers.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const known = Object.entries(search).filter(([, value]) => value !== undefined);
    const query = new URLSearchParams(known.map(([key, value]) => [key, String(value)])).toString();
    return query === '' ? '' : `?${query}`;
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
