// The switch between light, dark and what the system says.
import { html, useState } from '../html.js';
import { Icon } from './icons.js';

const NEXT = { auto: 'light', light: 'dark', dark: 'auto' };
const ICONS = { auto: 'auto', light: 'sun', dark: 'moon' };
const WORDS = { auto: 'as the system', light: 'light', dark: 'dark' };

/** One button that goes round. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? 'auto');
  const turn = () => {
    const next = NEXT[theme];
    setTheme(next);
    if (next === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try { localStorage.setItem('fanin-theme', next); } catch { /* not kept, then */ }
  };
  return html`<button class="quiet icon" onClick=${turn} aria-label=${`Colours: ${WORDS[theme]}`} title=${`Colours: ${WORDS[theme]}`}>
    <${Icon} name=${ICONS[theme]} />
  </button>`;
}
