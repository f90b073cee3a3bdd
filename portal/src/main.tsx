// Starts the portal: language first, so that the first thing shown can be read.

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { Portal } from './Portal';
import { startLanguage } from './language/language';
import './ui/style.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

await startLanguage();
createRoot(root).render(
  <StrictMode>
    <Portal />
  </StrictMode>,
);
