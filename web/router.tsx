/** Paths and their pages; each page is a chunk of its own. */

import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { ErrorPage, NotFoundPage } from './pages/not-found.tsx'
import { Shell } from './parts/shell.tsx'
import { instanceQuery } from './queries.ts'
import { parseQuery, readSearch, writeQuery } from './search.ts'

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Shell,
  notFoundComponent: NotFoundPage,
  errorComponent: ErrorPage,
  validateSearch: readSearch,
  // Days are calendar days of the installation's time zone: nothing can be asked before it is known.
  beforeLoad: ({ context }) => context.queries.ensureQueryData(instanceQuery()),
})

const routes = root.addChildren([
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: lazyRouteComponent(() => import('./pages/overview.tsx'), 'OverviewPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/services/$service',
    component: lazyRouteComponent(() => import('./pages/service.tsx'), 'ServicePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/metrics/$metric',
    component: lazyRouteComponent(() => import('./pages/metric.tsx'), 'MetricPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/sources',
    component: lazyRouteComponent(() => import('./pages/sources.tsx'), 'SourcesPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/report',
    component: lazyRouteComponent(() => import('./pages/report.tsx'), 'ReportPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/definitions',
    component: lazyRouteComponent(() => import('./pages/definitions.tsx'), 'DefinitionsPage'),
  }),
])

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree: routes,
    context: { queries },
    parseSearch: parseQuery,
    stringifySearch: writeQuery,
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultErrorComponent: ErrorPage,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
