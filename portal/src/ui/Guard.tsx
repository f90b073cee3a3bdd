import { Button } from 'antd';
import i18next from 'i18next';
import { Component, type ReactNode } from 'react';

/** Shows a sentence and a way out instead of a blank page when a page breaks. */
export class Guard extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <div className="alone" role="alert" data-testid="broken">
        <h1>{i18next.t('problem.broken')}</h1>
        <p>{i18next.t('problem.brokenHelp')}</p>
        <Button
          type="primary"
          onClick={() => {
            location.reload();
          }}
        >
          {i18next.t('problem.reload')}
        </Button>
      </div>
    );
  }
}
