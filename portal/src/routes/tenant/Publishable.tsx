import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { PublishOfferingDocument, type VisibilityQuery } from '../../gql/tenant.generated';
import { Confirmation } from '../../ui/Confirmation';
import { Listing } from '../../ui/Listing';
import { useText } from '../../ui/text';

type Package = VisibilityQuery['packages'][number];

/** Packages of this release that nobody can order; each can become an offering. */
export function Publishable({ packages, done }: { packages: Package[]; done: () => void }) {
  const { t } = useTranslation();
  const text = useText();
  const [open, setOpen] = useState<Package>();
  const close = () => {
    setOpen(undefined);
  };
  const free = packages.filter(({ offering }) => !offering || offering.withdrawnAt !== null);
  if (free.length === 0) return null;
  return (
    <>
      <h3>{t('tenant.publishable')}</h3>
      <Listing
        label={t('tenant.publishable')}
        rows={free}
        rowKey={(one) => `${one.name} ${one.version}`}
        rowTestid={(one) => `package-${one.name}`}
        testid="publishable"
        columns={[
          { key: 'name', title: t('tenant.offering'), render: (one) => one.name },
          { key: 'version', title: t('tenant.version'), render: (one) => one.version },
          { key: 'title', title: t('tenant.label'), render: (one) => text(one.title) },
          {
            key: 'do',
            title: t('tenant.do'),
            render: (one) => (
              <Button
                size="small"
                data-testid={`publish-${one.name}`}
                onClick={() => {
                  setOpen(one);
                }}
              >
                {t('tenant.publish')}
              </Button>
            ),
          },
        ]}
      />
      {open && (
        <Confirmation
          title={t('tenant.publishTitle', { name: open.name })}
          label={t('tenant.publish')}
          testid="confirm-publish"
          danger={false}
          document={PublishOfferingDocument}
          input={{ package: open.name, version: open.version, audience: 'CHOSEN' }}
          close={close}
          done={() => {
            close();
            done();
          }}
        >
          <p>{t('tenant.publishHelp')}</p>
        </Confirmation>
      )}
    </>
  );
}
