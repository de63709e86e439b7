//! Near misses: given events that nobody took for what was waited for, and the field that stands in the way.

use std::sync::Arc;

use fanin_event::recognize::NearMiss;

use super::{Looker, Near, Why};
use crate::build::Built;

impl Looker<'_> {
    /// The given events that are none of `names`, though they were given as such, or are nothing, or nearly are.
    pub(super) fn near(&self, names: &[Arc<str>], why: &mut Why) {
        let Some(recognizer) = &self.recognizer else { return };
        for built in self.built {
            let known: &[Arc<str>] = self.named.get(&built.identity).map_or(&[], Vec::as_slice);
            if names.iter().any(|name| known.contains(name)) {
                continue;
            }
            let misses = recognizer.explain(&built.text);
            let wanted = misses.into_iter().filter(|miss| names.contains(&miss.name));
            let best = wanted.max_by(|a, b| share(a, built).total_cmp(&share(b, built)));
            let Some(miss) = best.filter(|miss| is_near(miss, built, known.is_empty())) else { continue };
            let near = Near { id: built.id.clone(), name: miss.name, reason: miss.reason };
            if !why.near.contains(&near) {
                why.near.push(near);
            }
        }
    }
}

/// How near a miss is: the part of its fields that are as asked for; what it was given as comes first.
fn share(miss: &NearMiss, built: &Built) -> f64 {
    if *miss.name == *built.event {
        return 2.0;
    }
    let (matched, of) = miss.matched;
    if of == 0 { 0.0 } else { matched as f64 / of as f64 }
}

fn is_near(miss: &NearMiss, built: &Built, nameless: bool) -> bool {
    let (matched, of) = miss.matched;
    *miss.name == *built.event || nameless || (matched > 0 && matched + 1 >= of)
}
