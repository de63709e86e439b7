// How the forms of the Send screen tell it what became of what they sent: an event that bubbles, so that forms know nothing of the list.

let number = 0;

/** Tells it; `element` is inside of the screen. `what` and `note` are texts, `link` an address. */
export function tell(element, outcome) {
  number += 1;
  element.dispatchEvent(new CustomEvent('sent', { bubbles: true, detail: { outcome: { key: number, ...outcome } } }));
}
