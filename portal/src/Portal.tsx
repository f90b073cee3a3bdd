import { ConfigProvider, type ThemeConfig } from 'antd';
import en from 'antd/locale/en_US';
import zh from 'antd/locale/zh_CN';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { BrowserRouter } from 'react-router';
import { Provider } from 'urql';

import { newClient } from './gql/client';
import { Pages } from './routes/Pages';
import { Guard } from './ui/Guard';

// System fonts only: nothing is loaded from elsewhere.
const fontFamily =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";

const theme: ThemeConfig = {
  token: { colorPrimary: '#1f5fbf', borderRadius: 6, fontFamily },
};

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

/** Everything around the pages: language, style nonce, connection to the plane, addresses. */
export function Portal() {
  const { i18n } = useTranslation();
  const [client] = useState(newClient);
  return (
    <ConfigProvider
      csp={{ nonce }}
      theme={theme}
      button={{ autoInsertSpace: false }}
      // Always one of them: with none and then one, everything below would be made anew.
      locale={i18n.language === 'zh' ? zh : en}
    >
      <Guard>
        <Provider value={client}>
          <BrowserRouter>
            <Pages />
          </BrowserRouter>
        </Provider>
      </Guard>
    </ConfigProvider>
  );
}
