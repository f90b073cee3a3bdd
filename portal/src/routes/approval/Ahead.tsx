import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';

/** How many others what is previewed waits for, by the rule that asks for most. */
export function Ahead({ rules }: { rules: { approvers: number }[] }) {
  const { t } = useTranslation();
  if (rules.length === 0) return null;
  const number = Math.max(...rules.map((rule) => rule.approvers));
  return (
    <Alert
      type="info"
      showIcon
      className="notice"
      data-testid="approvals-ahead"
      title={t(number === 1 ? 'approval.aheadOne' : 'approval.aheadMany', { number })}
      description={t('approval.aheadHelp')}
    />
  );
}
