// The frame around the screens: names, whether the page is live, what a failed reload says.
import { html, useEffect, useState } from '../html.js';
import { useStore } from '../store.js';
import { SCREENS, address } from '../route.js';
import { Icon } from './icons.js';
import { ThemeSwitch } from './theme.js';
import { compact } from './format.js';

function Tabs({ below, counts }) {
  const screen = useStore((s) => s.route.screen);
  return html`<nav class=${below ? 'tabs below' : 'tabs'} aria-label=${below ? 'Screens, at the bottom' : 'Screens'}>
    ${SCREENS.map((s, i) => html`<a key=${s.id} href=${address(s.id)} aria-current=${s.id === screen ? 'page' : undefined} title=${`${s.title} (${i + 1})`}>
      ${below && html`<${Icon} name=${s.id} />`}${s.title}${counts[s.id] && html`<span class=${counts[s.id].bad ? 'count bad' : 'count'} title=${counts[s.id].title}>${counts[s.id].text}</span>`}
    </a>`)}
  </nav>`;
}

/** The small numbers beside the names of the screens. */
function useCounts() {
  const open = useStore((s) => s.totals?.open_instances);
  const dead = useStore((s) => s.totals?.dead_letters);
  return {
    keys: open ? { text: compact(open), title: 'open keys' } : undefined,
    runs: dead ? { text: compact(dead), title: 'dead letters', bad: true } : undefined,
  };
}

const LINES = { live: ['ok', 'Live'], lost: ['bad', 'Reconnecting'], opening: ['wait', 'Connecting'] };

function Live() {
  const line = useStore((s) => s.line) ?? 'opening';
  const rate = useStore((s) => s.rate);
  const [dot, words] = LINES[line];
  return html`<span class="live" role="status" aria-label=${`Connection: ${words}`} title=${words}>
    ${line === 'live' && rate !== undefined && html`<span class="rate" title="events accepted in the last second">${compact(rate)}/s</span>`}
    <span class=${`dot ${dot}`}></span><span class="words">${words}</span>
  </span>`;
}

/** What a reload that failed says; the version before is at work meanwhile. */
function Notice() {
  const reload = useStore((s) => s.reload);
  const [hidden, setHidden] = useState(null);
  if (!reload || reload === hidden) return html`<div></div>`;
  return html`<div class="notice" role="alert">
    <div class="head"><p><strong>${reload.title}:</strong> ${reload.sub}</p>
      <button class="quiet icon" aria-label="Hide" onClick=${() => setHidden(reload)}><${Icon} name="close" /></button></div>
    ${reload.text && html`<pre tabindex="0">${reload.text}</pre>`}
  </div>`;
}

/** Keys 1 to 5 change the screen, / goes to the search. Not while something is typed. */
function useShortcuts() {
  useEffect(() => {
    const onKey = (e) => {
      if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input, textarea, select')) return;
      const screen = SCREENS[Number(e.key) - 1];
      if (screen) location.hash = address(screen.id);
      else if (e.key === '/') {
        const search = document.querySelector('input[type=search]');
        if (search) { e.preventDefault(); search.focus(); }
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

/** The frame; `children` is the screen. */
export function Frame({ children }) {
  useShortcuts();
  const counts = useCounts();
  const workflow = useStore((s) => s.workflow);
  const version = useStore((s) => s.version);
  return html`<div class="frame">
    <header class="bar">
      <a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); document.getElementById('main')?.focus(); }}>Skip to the content</a>
      <div class="brand"><img class="mark" src="static/icon.svg" alt="fanin" /><span class="name clip">${workflow ?? 'fanin'}</span>
        ${version && html`<code class="version muted" title="the version of the workflow, made of its content">${version.slice(0, 8)}</code>`}</div>
      <${Tabs} counts=${counts} />
      <div class="side"><${Live} /><${ThemeSwitch} /></div>
    </header>
    <${Notice} />
    ${children}
    <${Tabs} below counts=${counts} />
  </div>`;
}

/** A screen: its tools above, its content, a panel beside it. */
export function Screen({ tools, fill, panel, children }) {
  return html`<div class=${panel ? 'body with-panel' : 'body'}>
    <main id="main" tabindex="-1"><div class="tools">${tools}</div><div class=${fill ? 'screen fill' : 'screen'}>${children}</div></main>
    ${panel}
  </div>`;
}
