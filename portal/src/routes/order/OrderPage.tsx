import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';

import { OfferingDocument } from '../../gql/offering.generated';
import { ProjectsDocument, type ProjectsQuery } from '../../gql/project.generated';
import { Answer } from '../../ui/Answer';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { useText } from '../../ui/text';
import { useEvery } from '../../ui/useEvery';
import { OrderForm } from './OrderForm';

const projectsOf = (result: ProjectsQuery) => result.projects;

/** Orders one offering, into a project where the viewer may order. */
export default function OrderPage() {
  const { t } = useTranslation();
  const text = useText();
  const { offering: name = '' } = useParams();
  const [result, ask] = useQuery({
    query: OfferingDocument,
    variables: { name },
    // The form must not change below the reader's hands.
    requestPolicy: 'cache-first',
  });
  const projects = useEvery(ProjectsDocument, projectsOf);
  const title = result.data ? text(result.data.offering.title) : name;

  return (
    <Page
      title={t('order.title', { title })}
      above={<Link to={`/catalogue/${name}`}>{title}</Link>}
    >
      <Answer
        result={result}
        retry={() => {
          ask({ requestPolicy: 'network-only' });
        }}
      >
        {({ offering }) => (
          <Answer result={projects} retry={projects.reload}>
            {(all) => {
              const allowed = all.filter((project) => project.viewerCan.includes('ORDER'));
              return allowed.length === 0 ? (
                <Nothing title={t('order.noProject')} />
              ) : (
                <OrderForm offering={offering} projects={allowed} />
              );
            }}
          </Answer>
        )}
      </Answer>
    </Page>
  );
}
