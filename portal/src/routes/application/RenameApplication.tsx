import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { RenameApplicationDocument } from '../../gql/application.generated';
import { useKeyed } from '../../gql/useKeyed';
import { Dialog } from '../../ui/Dialog';
import { ProblemNotice } from '../../ui/ProblemNotice';
import type { Application } from './PartDialog';
import { WordFields, type Words } from './WordFields';

export interface RenameApplicationProps {
  application: Application;
  close: () => void;
  done: () => void;
}

/** Gives an application another name, title or description. */
export function RenameApplication({ application, close, done }: RenameApplicationProps) {
  const { t } = useTranslation();
  const { id, name, title, description } = application;
  const [given, setGiven] = useState<Words>({ name, title, description });
  const [{ error, fetching }, rename] = useKeyed(RenameApplicationDocument);
  const wanted = { ...given, title: given.title || given.name };
  // What stays is not sent, so that who changed it meanwhile is not overruled.
  const other = (field: keyof Words) =>
    wanted[field] === application[field] ? null : wanted[field];
  const words = {
    name: other('name'),
    title: other('title'),
    description: other('description'),
  };
  const isSame = Object.values(words).every((word) => word === null);
  const send = async () => {
    const { data } = await rename({ input: { application: id, ...words } });
    if (data) done();
  };
  return (
    <Dialog
      title={t('application.renameTitle', { name })}
      close={close}
      confirm={{
        label: t('application.rename'),
        testid: 'confirm-rename',
        busy: fetching,
        disabled: given.name === '' || isSame,
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <WordFields given={given} error={error} change={setGiven} />
    </Dialog>
  );
}
