import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import * as z from 'zod';
import { ScreenFailed } from './shell/screen-failed.tsx';
import { Shell } from './shell/shell.tsx';

const root = createRootRoute({ component: Shell, errorComponent: ScreenFailed });

const dashboard = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: z.object({ dialog: z.enum(['raise', 'lower']).optional().catch(undefined) }),
  component: lazyRouteComponent(() => import('../screens/dashboard/dashboard.tsx'), 'Dashboard'),
});
const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: z.object({
    q: z.string().max(500).optional().catch(undefined),
    dialog: z.enum(['start']).optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => import('../screens/runs/runs.tsx'), 'Runs'),
});
const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$run',
  component: lazyRouteComponent(() => import('../screens/runs/run.tsx'), 'Run'),
});
const preview = createRoute({
  getParentRoute: () => root,
  path: '/preview',
  validateSearch: z.object({
    document: z.string().max(1024).optional().catch(undefined),
    workflow: z.string().max(1024).optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => import('../screens/preview/preview.tsx'), 'Preview'),
});
const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: z.object({
    q: z.string().max(500).optional().catch(undefined),
    seq: z.coerce.number().int().nonnegative().optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => import('../screens/audit/audit.tsx'), 'Audit'),
});

/** Hash history: one file serves every route, in the browser and from the shell's scheme. */
export const makeRouter = () =>
  createRouter({
    routeTree: root.addChildren([dashboard, runs, run, preview, audit]),
    history: createHashHistory(),
    defaultPreload: 'intent',
    defaultErrorComponent: ScreenFailed,
    defaultPendingMs: 200,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
