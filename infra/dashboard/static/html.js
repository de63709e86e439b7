// The one place that knows the libraries: everything else takes `html` and the hooks from here.
import { h, render } from './vendor/preact.js';
import htm from './vendor/htm.js';

export { render };
export { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from './vendor/hooks.js';

/** A tagged template that makes elements. Values become text or attributes, never markup. */
export const html = htm.bind(h);
