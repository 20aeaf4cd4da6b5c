import '../ui/styles/tokens.css';
import '../ui/styles/base.css';
import { createRoot } from 'react-dom/client';
import { keepPlace, signInFromAddress } from '../client/browser.ts';
import { pickApi } from '../client/pick.ts';
import { App } from './app.tsx';

async function start(): Promise<void> {
  const host = document.getElementById('root');
  if (host === null) throw new Error('index.html has no #root.');
  const api = pickApi();
  const signIn =
    api.via === 'browser' ? await signInFromAddress() : { result: 'none' as const, project: null };
  keepPlace();
  createRoot(host).render(<App api={api} signIn={signIn} />);
}

void start();
