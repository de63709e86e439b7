//! The workflow under load: joins, counters, timeouts, retries, a fan-out, a chain of rules.

/// A pair whose second half does not come times out after so long.
pub(crate) const PAIR_WITHIN_MS: u64 = 600;
/// A ticket that nobody closes is reminded of after so long.
pub(crate) const REMIND_AFTER_MS: u64 = 500;
/// Every so many clicks are rewarded.
pub(crate) const CLICKS: usize = 5;

/// The functions, by the last part of their URL.
pub(crate) const FUNCTIONS: [&str; 9] =
    ["assemble", "archive", "ship", "reward", "greet", "chase", "remind", "price", "invoice"];

/// The workflow file. `base` is the URL of the server that plays the functions.
pub(crate) fn text(base: &str) -> String {
    let mut text = format!(
        r#"version: 1
name: crash
events:
  part:     {{ match: {{ source: [crash], detail-type: [Part] }}, capture: {{ $.detail.job: "{{job}}", $.detail.part: "{{part}}" }} }}
  manifest: {{ match: {{ source: [crash], detail-type: [Manifest] }}, capture: {{ $.detail.job: "{{job}}", $.detail.parts: "{{parts}}" }} }}
  paid:     {{ match: {{ source: [crash], detail-type: [Paid] }}, capture: {{ $.detail.order: "{{order}}" }} }}
  packed:   {{ match: {{ source: [crash], detail-type: [Packed] }}, capture: {{ $.detail.order: "{{order}}" }} }}
  labelled: {{ match: {{ source: [crash], detail-type: [Labelled] }}, capture: {{ $.detail.order: "{{order}}" }} }}
  click:    {{ match: {{ source: [crash], detail-type: [Click] }}, capture: {{ $.detail.user: "{{user}}" }} }}
  left:     {{ match: {{ source: [crash], detail-type: [Left] }}, capture: {{ $.detail.pair: "{{pair}}" }} }}
  right:    {{ match: {{ source: [crash], detail-type: [Right] }}, capture: {{ $.detail.pair: "{{pair}}" }} }}
  opened:   {{ match: {{ source: [crash], detail-type: [Opened] }}, capture: {{ $.detail.ticket: "{{ticket}}" }} }}
  closed:   {{ match: {{ source: [crash], detail-type: [Closed] }}, capture: {{ $.detail.ticket: "{{ticket}}" }} }}
  basket:   {{ match: {{ source: [crash], detail-type: [Basket] }}, capture: {{ $.detail.basket: "{{basket}}" }} }}
conditions:
  parts_complete: {{ count: part, by: job, distinct: part, reach: manifest.parts, within: 1d }}
  shipped:        {{ all: [paid, packed, labelled], by: order, within: 1d }}
  clicks:         {{ count: click, by: user, reach: {CLICKS}, fire: every, within: 1d }}
  met:            {{ all: [left, right], by: pair, within: {PAIR_WITHIN_MS}ms }}
  unanswered:     {{ absent: closed, after: opened, by: ticket, for: {REMIND_AFTER_MS}ms }}
rules:
  assemble:
    when: parts_complete
    invoke: call-assemble
    input: {{ action.$: $$.Action.Id, key.$: $.detail.key.job, firing.$: $.id, parts.$: "$.detail.members.part[*].detail.part" }}
    retry: [ {{ ErrorEquals: [States.ALL], IntervalSeconds: 1, MaxAttempts: 6, BackoffRate: 1 }} ]
  archive:
    when: assemble.done
    invoke: call-archive
    input: {{ action.$: $$.Action.Id, key.$: $.detail.result.key, firing.$: $.id }}
  ship:
    when: shipped
    invoke: call-ship
    input: {{ action.$: $$.Action.Id, key.$: $.detail.key.order, firing.$: $.id, count.$: $.detail.count }}
  reward:
    when: clicks
    invoke: call-reward
    input: {{ action.$: $$.Action.Id, key.$: $.detail.key.user, round.$: $.detail.round, firing.$: $.id, clicks.$: "$.detail.members.click[*].id" }}
    retry: [ {{ ErrorEquals: [States.ALL], IntervalSeconds: 1, MaxAttempts: 6, BackoffRate: 1 }} ]
  greet:
    when: met
    invoke: call-greet
    input: {{ action.$: $$.Action.Id, key.$: $.detail.key.pair, firing.$: $.id }}
  chase:
    when: met.timeout
    invoke: call-chase
    input: {{ action.$: $$.Action.Id, key.$: $.detail.key.pair, firing.$: $.id, missing.$: $.detail.missing }}
  remind:
    when: unanswered
    invoke: call-remind
    input: {{ action.$: $$.Action.Id, key.$: $.detail.key.ticket, firing.$: $.id }}
  price:
    when: basket
    map: {{ items: $.detail.items, max_concurrency: 4 }}
    invoke: call-price
    input: {{ action.$: $$.Action.Id, key.$: $.detail.basket, index.$: $$.Map.Item.Index, item.$: $$.Map.Item.Value }}
    retry: [ {{ ErrorEquals: [States.ALL], IntervalSeconds: 1, MaxAttempts: 6, BackoffRate: 1 }} ]
  invoice:
    when: price.done
    invoke: call-invoice
    input: {{ action.$: $$.Action.Id, key.$: "$.detail.results[0].ok.key", firing.$: $.id, results.$: $.detail.results }}
functions:
"#
    );
    for function in FUNCTIONS {
        text.push_str(&format!("  call-{function}: {{ http: \"{base}/{function}\" }}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_workflow_has_no_mistakes() {
        let compiled = fanin_workflow::compile("crash.yaml", &super::text("http://127.0.0.1:1"));
        assert!(compiled.plan.is_some(), "{:?}", compiled.diagnostics);
        assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
    }
}
