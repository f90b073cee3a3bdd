import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useQuery } from 'urql';

import { problemOf } from '../../gql/problem';
import { Answer } from '../../ui/Answer';
import { useLive } from '../../ui/EventFeed';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { useRights } from '../../ui/Rights';
import { DownloadButton, DownloadNotice, useDownload } from './Download';
import { Filters } from './Filters';
import { addressOf, filterOf, isNarrowed, questionOf, type Question } from './question';
import { Records } from './Records';
import type { Source } from './source';
import { useVerification, VerificationButton, VerificationNotice } from './Verification';

const PAGE = 50;

/** Nothing was recorded, or nothing that is like what is looked for. */
function Empty({ question, all }: { question: Question; all: () => void }) {
  const { t } = useTranslation();
  if (!isNarrowed(question)) return <Nothing title={t('audit.empty')} />;
  return (
    <Nothing
      title={t('audit.noneFound')}
      help={t('audit.noneFoundHelp')}
      action={<Button onClick={all}>{t('audit.all')}</Button>}
    />
  );
}

/** What one question finds, newest first, as it is written. */
function Found({
  source,
  question,
  show,
}: {
  source: Source;
  question: Question;
  show: (question: Question | undefined) => void;
}) {
  const { t } = useTranslation();
  const { canSomewhere } = useRights();
  const pages = usePages();
  const filter = filterOf(question);
  const download = useDownload(source, filter);
  const verification = useVerification(source);
  const [result, ask] = useQuery({
    query: source.records,
    variables: { first: PAGE, after: pages.after, filter },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  useLive(refresh);
  const problems = result.error ? problemOf(result.error).fields : [];
  // Who may not read it is told so, and is offered nothing.
  const may = canSomewhere(source.right);
  return (
    <Page
      title={t(source.title)}
      extra={
        may && (
          <>
            <VerificationButton of={verification} />
            <DownloadButton of={download} />
          </>
        )
      }
    >
      {may && <p className="muted">{t(source.help)}</p>}
      <VerificationNotice of={verification} />
      <DownloadNotice of={download} />
      {may && <Filters source={source} question={question} problems={problems} show={show} />}
      <Answer result={result} retry={refresh}>
        {({ audit }) =>
          audit.nodes.length === 0 && pages.number === 1 ? (
            <Empty
              question={question}
              all={() => {
                show(undefined);
              }}
            />
          ) : (
            <>
              <Records
                label={t(source.title)}
                rows={audit.nodes}
                narrow={(part, to) => {
                  show({ ...question, [part]: to });
                }}
              />
              <Pager pages={pages} pageInfo={audit.pageInfo} byTime />
            </>
          )
        }
      </Answer>
    </Page>
  );
}

/** Who did what, when, with what result, for every change and every refusal. */
export function AuditOf({ source }: { source: Source }) {
  const [search, setSearch] = useSearchParams();
  const question = questionOf(search);
  return (
    <Found
      source={source}
      // Another question begins at its first page.
      key={search.toString()}
      question={question}
      show={(next) => {
        setSearch(next ? addressOf(next) : {});
      }}
    />
  );
}
