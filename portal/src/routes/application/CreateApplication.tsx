import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { CreateApplicationDocument } from '../../gql/application.generated';
import { useKeyed } from '../../gql/useKeyed';
import { Choices } from '../../ui/Choices';
import { Dialog } from '../../ui/Dialog';
import type { Choice } from '../../ui/Picker';
import { PlacePicker } from '../../ui/PlacePicker';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { WordFields, type Words } from './WordFields';

const blank: Words = { name: '', title: '', description: '' };

/** Makes an application that nothing is in. */
export function CreateApplication({ close, done }: { close: () => void; done: () => void }) {
  const { t } = useTranslation();
  const [given, setGiven] = useState(blank);
  const [where, setWhere] = useState<Choice>();
  const [kind, setKind] = useState('exclusive');
  const [{ error, fetching }, create] = useKeyed(CreateApplicationDocument);
  const send = async () => {
    const { data } = await create({
      input: {
        ...given,
        organization: where?.id ?? '',
        title: given.title || given.name,
        isExclusive: kind === 'exclusive',
      },
    });
    if (data) done();
  };
  return (
    <Dialog
      title={t('application.create')}
      close={close}
      confirm={{
        label: t('application.create'),
        testid: 'confirm-application',
        busy: fetching,
        disabled: given.name === '' || !where,
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <WordFields given={given} error={error} change={setGiven} />
      <PlacePicker
        label={t('application.organization')}
        testid="application-organization"
        action="MANAGE_TREE"
        kinds={['organization']}
        value={where}
        change={setWhere}
      />
      <Choices
        label={t('application.kind')}
        name="application-kind"
        value={kind}
        options={[
          {
            value: 'exclusive',
            title: t('application.exclusive'),
            help: t('application.exclusiveHelp'),
          },
          { value: 'shared', title: t('application.shared'), help: t('application.sharedHelp') },
        ]}
        change={setKind}
      />
    </Dialog>
  );
}
