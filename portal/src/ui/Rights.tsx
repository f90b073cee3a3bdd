// What the viewer may do anywhere; pages use it to leave out what would be refused.

import { createContext, use, useMemo, type ReactNode } from 'react';

import type { Action } from '../gql/schema.generated';
import { ProjectsDocument, type ProjectsQuery } from '../gql/project.generated';
import { RightsDocument, type RightsQuery, type ViewerQuery } from '../gql/viewer.generated';
import { useEvery } from './useEvery';

type Viewer = ViewerQuery['viewer'];

interface Rights {
  viewer: Viewer;
  /** Whether the action is allowed at some organization or project; false until known. */
  canSomewhere: (action: Action) => boolean;
}

const organizationsOf = (result: RightsQuery) => result.organizations;
const projectsOf = (result: ProjectsQuery) => result.projects;

const RightsContext = createContext<Rights | undefined>(undefined);

export function RightsProvider({ viewer, children }: { viewer: Viewer; children: ReactNode }) {
  const { data: organizations } = useEvery(RightsDocument, organizationsOf);
  const { data: projects } = useEvery(ProjectsDocument, projectsOf);
  const rights = useMemo<Rights>(() => {
    const places = [...(organizations ?? []), ...(projects ?? [])];
    const actions = new Set(places.flatMap((place) => place.viewerCan));
    return { viewer, canSomewhere: (action) => actions.has(action) };
  }, [viewer, organizations, projects]);
  return <RightsContext value={rights}>{children}</RightsContext>;
}

/** Only below the frame, which signs nobody's pages in without a viewer. */
export function useRights(): Rights {
  const rights = use(RightsContext);
  if (!rights) throw new Error('used outside the frame');
  return rights;
}
