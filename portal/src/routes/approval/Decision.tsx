import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import {
  CommentOnApprovalDocument,
  GiveApprovalDocument,
  RejectApprovalDocument,
  WithdrawApprovalDocument,
  type ApprovalQuery,
} from '../../gql/approval.generated';
import { useKeyed } from '../../gql/useKeyed';
import { problemOf } from '../../gql/problem';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/ProblemNotice';

type Work = 'give' | 'reject' | 'withdraw' | 'comment';

/** Approve, reject, take back or say something, with a comment. */
export function Decision({
  approval,
  done,
}: {
  approval: ApprovalQuery['approval'];
  done: () => void;
}) {
  const { t } = useTranslation();
  const [comment, setComment] = useState('');
  const [last, setLast] = useState<Work>('comment');
  const [given, give] = useKeyed(GiveApprovalDocument);
  const [rejected, reject] = useKeyed(RejectApprovalDocument);
  const [withdrawn, withdraw] = useKeyed(WithdrawApprovalDocument);
  const [commented, say] = useKeyed(CommentOnApprovalDocument);
  const { error, fetching } = {
    give: given,
    reject: rejected,
    withdraw: withdrawn,
    comment: commented,
  }[last];
  if (approval.state !== 'OPEN') return null;

  const act = async (work: Work) => {
    setLast(work);
    const input = { approval: approval.id, comment };
    const { data } = await {
      give: () => give({ input: { ...input, comment: comment || null } }),
      reject: () => reject({ input }),
      withdraw: () => withdraw({ input: { ...input, comment: comment || null } }),
      comment: () => say({ input }),
    }[work]();
    if (data) setComment('');
    done();
  };
  const button = (work: Work, needsText: boolean) => (
    <Button
      type={work === 'give' ? 'primary' : 'default'}
      danger={work === 'reject'}
      loading={fetching && last === work}
      disabled={fetching || (needsText && comment.trim() === '')}
      data-testid={`approval-${work}`}
      onClick={() => void act(work)}
    >
      {t(`approval.do.${work}`)}
    </Button>
  );
  const wrong = error && problemOf(error).fields.find(({ field }) => field === 'comment')?.message;
  return (
    <section className="panel" aria-label={t('approval.decision')}>
      {error && <ProblemNotice error={error} />}
      <Field label={t('approval.comment')} help={t('approval.commentHelp')} error={wrong}>
        <Input.TextArea
          rows={2}
          maxLength={500}
          value={comment}
          data-testid="approval-text"
          onChange={(event) => {
            setComment(event.target.value);
          }}
        />
      </Field>
      <div className="actions">
        {approval.viewerCanDecide && button('give', false)}
        {approval.viewerCanDecide && button('reject', true)}
        {approval.isOwn && button('withdraw', false)}
        {button('comment', true)}
      </div>
    </section>
  );
}
