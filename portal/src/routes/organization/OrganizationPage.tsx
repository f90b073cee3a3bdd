import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import {
  OrganizationBelowDocument,
  OrganizationTopsDocument,
} from '../../gql/organization.generated';
import { Answer } from '../../ui/Answer';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { Change, type Named, type Work } from './Change';

interface Node extends Named {
  isLeaf: boolean;
  viewerCan: readonly string[];
}

interface BranchProps {
  node: Node;
  /** Whether the viewer may change what is above, and with it names and places. */
  above: boolean;
  /** Reads again what this one stands in. */
  changed: () => void;
}

function Below({ node }: { node: Node }) {
  const { t } = useTranslation();
  const pages = usePages();
  const projectPages = usePages();
  const [result, ask] = useQuery({
    query: OrganizationBelowDocument,
    variables: { id: node.id, after: pages.after, projectsAfter: projectPages.after },
    requestPolicy: 'cache-and-network',
  });
  const again = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const above = node.viewerCan.includes('MANAGE_TREE');
  return (
    <Answer result={result} retry={again}>
      {({ organization: { children, projects } }) => (
        <ul>
          {children.nodes.map((child) => (
            <Branch key={child.id} node={child} above={above} changed={again} />
          ))}
          {(children.pageInfo.hasNextPage || pages.after) && (
            <li>
              <Pager pages={pages} pageInfo={children.pageInfo} />
            </li>
          )}
          {projects.nodes.map((project) => (
            <li key={project.id} data-testid={`project-${project.name}`}>
              {t('organization.project', { name: project.name, title: project.title })}
            </li>
          ))}
          {(projects.pageInfo.hasNextPage || projectPages.after) && (
            <li>
              <Pager pages={projectPages} pageInfo={projects.pageInfo} />
            </li>
          )}
        </ul>
      )}
    </Answer>
  );
}

function Branch({ node, above, changed }: BranchProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const [work, setWork] = useState<Work>();
  const own = node.viewerCan.includes('MANAGE_TREE');
  const offered: Work[] = [
    ...(own ? (['create', 'rename'] as const) : []),
    ...(own && above ? (['delete'] as const) : []),
  ];
  return (
    <li data-testid={`organization-${node.name}`}>
      <Button
        type="text"
        size="small"
        aria-expanded={isOpen}
        disabled={node.isLeaf}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        {isOpen ? '−' : '+'}
      </Button>
      {t('organization.node', { name: node.name, title: node.title })}
      {offered.map((each) => (
        <Button
          key={each}
          type="link"
          size="small"
          data-testid={`${each}-${node.name}`}
          onClick={() => {
            setWork(each);
          }}
        >
          {t(`organization.${each}`)}
        </Button>
      ))}
      {isOpen && !node.isLeaf && <Below node={node} />}
      {work && (
        <Change
          of={node}
          work={work}
          mayName={above}
          close={() => {
            setWork(undefined);
          }}
          done={() => {
            setWork(undefined);
            if (work === 'create') setOpen(true);
            changed();
          }}
        />
      )}
    </li>
  );
}

/** The tree of organizations, as far as the viewer may see it; branches are read when opened. */
export default function OrganizationPage() {
  const { t } = useTranslation();
  const [result, ask] = useQuery({
    query: OrganizationTopsDocument,
    requestPolicy: 'cache-and-network',
  });
  const again = () => {
    ask({ requestPolicy: 'network-only' });
  };
  return (
    <Page title={t('organization.title')}>
      <Answer result={result} retry={again}>
        {({ tenant: { tops } }) =>
          tops.length === 0 ? (
            <Nothing title={t('organization.empty')} />
          ) : (
            <ul data-testid="organizations">
              {tops.map((top) => (
                <Branch key={top.id} node={top} above={false} changed={again} />
              ))}
            </ul>
          )
        }
      </Answer>
    </Page>
  );
}
