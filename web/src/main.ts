import './app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { i18n } from './i18n/index.svelte';
import { startOffline } from './lib/offline';
import { openChat } from './state/chat.svelte';
import { theme } from './state/theme.svelte';

theme.start();
const [chat] = await Promise.all([openChat(), i18n.start()]);
mount(App, { target: document.getElementById('app') as HTMLElement, props: { chat } });
startOffline();
