//! The workflows of these tests.

/// Counts the parts of a job; the manifest says how many there are.
pub(crate) const PARTS: &str = r#"
version: 1
name: video
events:
  part:
    match: { source: [shop], detail-type: [Part], detail: { file: [ { suffix: ".csv" } ] } }
    capture: { $.detail.job: "{job}", $.detail.part: "{part}" }
  manifest:
    match: { source: [shop], detail-type: [Manifest] }
    capture: { $.detail.job: "{job}", $.detail.parts: "{parts}" }
conditions:
  parts_complete: { count: part, by: job, distinct: part, reach: manifest.parts, within: 1h }
rules:
  assemble:
    when: parts_complete
    invoke: assemble-video
    input: { job.$: $.detail.key.job }
    retry: [ { ErrorEquals: [States.ALL], IntervalSeconds: 2, MaxAttempts: 1 } ]
functions:
  assemble-video: { respond: { ok: true } }
"#;

/// Three levels of conditions, a timeout that is caught, and a fan-out.
pub(crate) const ORDERS: &str = r#"
version: 1
name: orders
events:
  order:  { match: { source: [shop], detail-type: [Order] },  capture: { $.detail.order: "{order}" } }
  paid:   { match: { source: [shop], detail-type: [Paid] },   capture: { $.detail.order: "{order}" } }
  packed: { match: { source: [shop], detail-type: [Packed] }, capture: { $.detail.order: "{order}" } }
  cart:   { match: { source: [shop], detail-type: [Cart] },   capture: { $.detail.order: "{order}" } }
conditions:
  ready:   { all: [paid, packed], by: order, within: 10m }
  shipped: { all: [order, ready], by: order, within: 1h }
  closed:  { any: [shipped], by: order }
  stuck:   { any: [ready.timeout, price.failed], by: order, fire: every }
  burst:   { count: order, reach: 2, fire: every }
rules:
  price:
    when: cart
    map: { items: $.detail.lines, max_concurrency: 2, tolerated_failure_percentage: 50 }
    invoke: price-line
    input: { line.$: $$.Map.Item.Value }
    retry: [ { ErrorEquals: [Busy], IntervalSeconds: 1, MaxAttempts: 1 } ]
  invoice: { when: price.done, invoke: make-invoice }
  notify:
    when: closed
    invoke: tell
    catch: [ { ErrorEquals: [States.ALL], emit: not_told } ]
  again: { when: not_told, invoke: tell }
functions:
  price-line: { respond: 1 }
  make-invoice: { respond: 2 }
  tell: { respond: 3 }
"#;
