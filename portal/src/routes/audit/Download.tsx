import { Alert, Button } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient, type CombinedError } from 'urql';

import { ProblemNotice } from '../../ui/ProblemNotice';
import { save } from '../asset/register';
import type { AuditFilter } from './question';
import type { Source } from './source';
import { trail } from './trail';

export interface Download {
  source: Source;
  /** How many records were read; undefined while nothing is being read. */
  read: number | undefined;
  /** How many records a file has that does not have all of them. */
  cutAt: number | undefined;
  error: CombinedError | undefined;
  begin: () => void;
  callOff: () => void;
}

/** Reads what a filter finds into a file, until it is called off or the page is left. */
export function useDownload(source: Source, filter: AuditFilter): Download {
  const client = useClient();
  const [read, setRead] = useState<number>();
  const [cutAt, setCutAt] = useState<number>();
  const [error, setError] = useState<CombinedError>();
  const running = useRef<AbortController>(undefined);
  const callOff = () => {
    running.current?.abort();
    setRead(undefined);
  };
  useEffect(
    () => () => {
      running.current?.abort();
    },
    [],
  );
  const begin = () => {
    const controller = new AbortController();
    running.current = controller;
    setError(undefined);
    setCutAt(undefined);
    setRead(0);
    trail(client, source, filter, setRead, controller.signal).then(
      (found) => {
        if (!found) return;
        setRead(undefined);
        if (found.isCut) setCutAt(found.records);
        save(`${source.file}-${new Date().toISOString().slice(0, 16)}.csv`, found.text);
      },
      (failure: unknown) => {
        setRead(undefined);
        setError(failure as CombinedError);
      },
    );
  };
  return { source, read, cutAt, error, begin, callOff };
}

/** Begins a download, or tells how far it is and calls it off. */
export function DownloadButton({ of }: { of: Download }) {
  const { t } = useTranslation();
  if (of.read === undefined) {
    return (
      <Button onClick={of.begin} data-testid="export-audit">
        {t('audit.export')}
      </Button>
    );
  }
  return (
    <>
      <span className="muted" role="status">
        {t('audit.read', { number: String(of.read) })}
      </span>
      <Button onClick={of.callOff} data-testid="call-off-export">
        {t('action.cancel')}
      </Button>
    </>
  );
}

/** What there is to know of a download that ended. */
export function DownloadNotice({ of }: { of: Download }) {
  const { t } = useTranslation();
  if (of.error) return <ProblemNotice error={of.error} retry={of.begin} />;
  if (of.cutAt === undefined) return null;
  return (
    <Alert
      type="warning"
      showIcon
      className="notice"
      role="status"
      data-testid="export-cut"
      title={t('audit.cut', { number: String(of.cutAt) })}
      description={t('audit.cutHelp', { command: of.source.command })}
    />
  );
}
