import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from 'urql';

import { problemOf, type Problem } from '../../gql/problem';
import { StructureDocument } from '../../gql/structure.generated';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { save } from '../asset/register';

/** Writes the tenant's structure into a file, and says which secrets are not in it. */
export function Export() {
  const { t } = useTranslation();
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [leftOut, setLeftOut] = useState<string[]>([]);
  const write = async () => {
    setBusy(true);
    const { data, error } = await client.query(
      StructureDocument,
      {},
      { requestPolicy: 'network-only' },
    );
    setBusy(false);
    setProblem(error && problemOf(error));
    setLeftOut(data?.structure.leftOut ?? []);
    if (data) save('structure.yaml', data.structure.document, 'text/yaml');
  };
  return (
    <section className="section">
      <h2>{t('structure.export')}</h2>
      <p className="muted">{t('structure.exportHelp')}</p>
      {problem && <ProblemNotice problem={problem} retry={() => void write()} />}
      {leftOut.length > 0 && (
        <Alert
          type="info"
          showIcon
          className="notice"
          role="status"
          data-testid="left-out"
          title={t('structure.leftOut')}
          description={leftOut.join(', ')}
        />
      )}
      <Button loading={busy} data-testid="export-structure" onClick={() => void write()}>
        {t('structure.download')}
      </Button>
    </section>
  );
}
