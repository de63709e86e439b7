// Whether the page is as narrow as a phone.
import { useEffect, useState } from '../html.js';

const query = matchMedia('(max-width: 760px)');

/** True below 761 px; the component is drawn again when that changes. */
export function useNarrow() {
  const [narrow, setNarrow] = useState(query.matches);
  useEffect(() => {
    const look = () => setNarrow(query.matches);
    query.addEventListener('change', look);
    return () => query.removeEventListener('change', look);
  }, []);
  return narrow;
}
