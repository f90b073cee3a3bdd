import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import {
  OrganizationDetailDocument,
  ProjectDetailDocument,
} from '../../gql/organization.generated';
import { Answer } from '../../ui/Answer';
import { Copyable } from '../../ui/Copyable';
import { useRights } from '../../ui/Rights';
import { Bindings } from '../member/Bindings';
import type { Row } from './branch';
import { Change, type Work } from './Change';
import { MoveDialog } from './MoveDialog';
import { PlannedMoves } from './PlannedMoves';
import { organizationRow, projectRow } from './useTree';

export interface DetailProps {
  id: string;
  kind: Row['kind'];
  /** What was changed, and the places that have to be read again. */
  changed: (work: Work | 'move', row: Row, places: readonly string[]) => void;
  choose: (row: Row) => void;
}

interface Place {
  row: Row;
  /** What is above it, from the highest that the viewer sees. */
  path: readonly Row[];
}

function usePlace(id: string, kind: Row['kind']) {
  const isProject = kind === 'project';
  const requestPolicy = 'cache-and-network';
  const [organization, askOrganization] = useQuery({
    query: OrganizationDetailDocument,
    variables: { id },
    pause: isProject,
    requestPolicy,
  });
  const [project, askProject] = useQuery({
    query: ProjectDetailDocument,
    variables: { id },
    pause: !isProject,
    requestPolicy,
  });
  const retry = () => {
    (isProject ? askProject : askOrganization)({ requestPolicy: 'network-only' });
  };
  let place: Place | undefined;
  if (!isProject && organization.data) {
    const { organization: one } = organization.data;
    const path = one.path.slice(0, -1).map(organizationRow);
    place = { row: organizationRow(one), path };
  }
  if (isProject && project.data) {
    const { project: one } = project.data;
    place = { row: projectRow(one), path: (one.organization?.path ?? []).map(organizationRow) };
  }
  const { error } = isProject ? project : organization;
  return { result: { data: place, error }, retry };
}

/** One organization or project: where it is, what can be done with it, and who has roles there. */
export function Detail({ id, kind, changed, choose }: DetailProps) {
  const { t } = useTranslation();
  const { viewer } = useRights();
  const [open, setOpen] = useState<Work | 'move'>();
  // Grows with each change, after which what is planned is read anew.
  const [planned, setPlanned] = useState(0);
  const { result, retry } = usePlace(id, kind);
  const close = () => {
    setOpen(undefined);
  };
  return (
    <section className="panel tree-panel" data-testid="place" aria-live="polite">
      <Answer result={result} retry={retry}>
        {({ row, path }) => {
          const above = path.at(-1);
          const own = row.viewerCan.includes('MANAGE_TREE');
          const mayPlace = own && (above?.viewerCan.includes('MANAGE_TREE') ?? false);
          const works: (Work | 'move')[] = [
            ...(own && kind === 'organization' ? (['create', 'createProject'] as const) : []),
            ...(own ? (['rename'] as const) : []),
            ...(mayPlace ? (['move', 'delete'] as const) : []),
          ];
          const done = (work: Work | 'move', places: readonly (string | undefined)[]) => {
            close();
            retry();
            setPlanned((past) => past + 1);
            changed(
              work,
              row,
              places.filter((one) => one !== undefined),
            );
          };
          return (
            <>
              <p className="muted tree-path">
                {path.map((one) => (
                  <span key={one.id}>
                    <Button
                      type="link"
                      size="small"
                      className="button-link"
                      onClick={() => {
                        choose(one);
                      }}
                    >
                      {one.title}
                    </Button>
                    {' / '}
                  </span>
                ))}
                {t(kind === 'project' ? 'picker.project' : 'picker.organization')}
              </p>
              <h2 className="tree-title" data-testid="place-title">
                {row.title}
              </h2>
              <dl className="facts">
                <div>
                  <dt>{t('organization.name')}</dt>
                  <dd>{row.name}</dd>
                </div>
                <div>
                  <dt>{t('organization.id')}</dt>
                  <dd>
                    <Copyable label={t('organization.id')} text={row.id} testid="place-id" />
                  </dd>
                </div>
              </dl>
              <div className="row-actions">
                {works.map((work) => (
                  <Button
                    key={work}
                    size="small"
                    danger={work === 'delete'}
                    data-testid={`${work}-place`}
                    onClick={() => {
                      setOpen(work);
                    }}
                  >
                    {t(work === 'move' ? 'organization.moveDots' : `organization.${work}`)}
                  </Button>
                ))}
              </div>
              <PlannedMoves key={`${row.id} ${String(planned)}`} at={row.id} />
              {row.viewerCan.includes('MANAGE_ACCESS') && !viewer.impersonatedBy && (
                <Bindings key={row.id} at={{ id: row.id, title: row.title }} />
              )}
              {open === 'move' && (
                <MoveDialog
                  what={row}
                  from={above?.title ?? ''}
                  close={close}
                  done={(into) => {
                    done('move', [above?.id, into]);
                  }}
                />
              )}
              {open && open !== 'move' && (
                <Change
                  of={row}
                  work={open}
                  mayName={mayPlace}
                  close={close}
                  done={() => {
                    const inside = open === 'create' || open === 'createProject';
                    done(open, [inside ? row.id : (above?.id ?? 'top')]);
                  }}
                />
              )}
            </>
          );
        }}
      </Answer>
    </section>
  );
}
