// What the viewer may do anywhere; pages use it to leave out what would be refused. The plane says it
// with the viewer, so that nothing has to be listed for it, however large the tree is.

import { createContext, use, useMemo, type ReactNode } from 'react';

import type { Action } from '../gql/schema.generated';
import type { ViewerQuery } from '../gql/viewer.generated';

type Viewer = ViewerQuery['viewer'];

interface Rights {
  viewer: Viewer;
  /** Whether the action is allowed at the tenant, or at some organization or project. */
  canSomewhere: (action: Action) => boolean;
  /** Whether the action is allowed at the tenant, and so everywhere that nothing denies it. */
  canInTenant: (action: Action) => boolean;
}

const RightsContext = createContext<Rights | undefined>(undefined);

export function RightsProvider({ viewer, children }: { viewer: Viewer; children: ReactNode }) {
  const rights = useMemo<Rights>(() => {
    const somewhere = new Set(viewer.canSomewhere);
    const tenant = new Set(viewer.canInTenant);
    return {
      viewer,
      canSomewhere: (action) => somewhere.has(action),
      canInTenant: (action) => tenant.has(action),
    };
  }, [viewer]);
  return <RightsContext value={rights}>{children}</RightsContext>;
}

/** Only below the frame, which signs nobody's pages in without a viewer. */
export function useRights(): Rights {
  const rights = use(RightsContext);
  if (!rights) throw new Error('used outside the frame');
  return rights;
}
