import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import {
  AddDependencyDocument,
  AddToApplicationDocument,
  PartChoicesDocument,
  type ApplicationQuery,
} from '../../gql/application.generated';
import { Confirmation } from '../../ui/Confirmation';
import { Picker, type Choice } from '../../ui/Picker';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useSettled } from '../../ui/useSettled';

export type Application = ApplicationQuery['application'];
export type Part = Application['parts']['nodes'][number];

interface DialogProps {
  application: Application;
  close: () => void;
  done: () => void;
}

/** Puts an instance in. */
export function AddPart({ application, close, done }: DialogProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<Choice>();
  const settled = useSettled(search.trim());
  const [{ data, error, fetching }] = useQuery({
    query: PartChoicesDocument,
    variables: { search: settled || null },
  });
  const note = error ? (
    <ProblemNotice error={error} />
  ) : (
    fetching && !data && <p className="muted">{t('app.loading')}</p>
  );
  return (
    <Confirmation
      title={t('application.addTo', { name: application.name })}
      label={t('application.add')}
      testid="confirm-part"
      danger={false}
      disabled={!chosen}
      document={AddToApplicationDocument}
      input={{ application: application.id, instance: chosen?.id ?? '' }}
      close={close}
      done={done}
    >
      <Picker
        label={t('application.instance')}
        testid="part"
        search={search}
        setSearch={setSearch}
        choices={(data?.instances.nodes ?? []).map(({ id, name, project }) => ({
          id,
          title: name,
          detail: project.title,
        }))}
        hasMore={data?.instances.pageInfo.hasNextPage ?? false}
        note={note || undefined}
        value={chosen}
        change={setChosen}
      />
    </Confirmation>
  );
}

/** Says what a part needs. */
export function Depend({ application, part, close, done }: DialogProps & { part: Part }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<Choice>();
  const { id, name } = part.instance;
  const needed = new Set([id, ...part.needs.map((one) => one.id)]);
  const others = application.parts.nodes
    .map((one) => one.instance)
    .filter((one) => !needed.has(one.id) && one.name.includes(search.trim().toLowerCase()));
  return (
    <Confirmation
      title={t('application.dependTitle', { part: name })}
      label={t('application.depend')}
      testid="confirm-dependency"
      danger={false}
      disabled={!chosen}
      document={AddDependencyDocument}
      input={{ application: application.id, instance: id, needs: chosen?.id ?? '' }}
      close={close}
      done={done}
    >
      <Picker
        label={t('application.needed')}
        testid="needed"
        search={search}
        setSearch={setSearch}
        choices={others.map((one) => ({
          id: one.id,
          title: one.name,
          detail: one.project.title,
        }))}
        hasMore={application.parts.pageInfo.hasNextPage}
        value={chosen}
        change={setChosen}
      />
    </Confirmation>
  );
}
