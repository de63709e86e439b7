//! Makes a failing run smaller: fewer events, fewer workers, fewer kinds of faults, a shorter trace.

use crate::limits::MAX_SHRINK_TRIES;
use crate::settings::{Faults, Settings};
use crate::verdict::Verdict;

/// The smallest settings found under which `run` still fails, and what happens then.
#[must_use]
pub fn shrink(settings: Settings, run: &dyn Fn(&Settings, bool) -> Verdict) -> (Settings, Verdict) {
    let mut best = settings;
    let mut progress = true;
    while progress {
        progress = false;
        for simpler in simpler(&best) {
            if let Some(found) = fails(simpler, run) {
                best = found;
                progress = true;
            }
        }
    }
    let small = best;
    let shortest =
        (0..MAX_SHRINK_TRIES * 4).map(|n| Settings { schedule: small.schedule.wrapping_add(n), ..small });
    let mut length = usize::MAX;
    for candidate in shortest {
        let verdict = run(&candidate, true);
        if !verdict.is_good() && verdict.trace.len() < length {
            (best, length) = (candidate, verdict.trace.len());
        }
    }
    (best, run(&best, true))
}

/// Some schedule under which it fails.
fn fails(settings: Settings, run: &dyn Fn(&Settings, bool) -> Verdict) -> Option<Settings> {
    (0..MAX_SHRINK_TRIES)
        .map(|n| Settings { schedule: settings.schedule.wrapping_add(n), ..settings })
        .find(|candidate| !run(candidate, false).is_good())
}

fn simpler(of: &Settings) -> Vec<Settings> {
    let mut list = Vec::new();
    let off: [fn(&mut Faults) -> &mut u32; 12] = [
        |f| &mut f.crash,
        |f| &mut f.throttle,
        |f| &mut f.lost_reply,
        |f| &mut f.never,
        |f| &mut f.later,
        |f| &mut f.repeated,
        |f| &mut f.retried,
        |f| &mut f.stale,
        |f| &mut f.double,
        |f| &mut f.lost_delete,
        |f| &mut f.slow,
        |f| &mut f.copies,
    ];
    for field in off {
        let mut faults = of.faults;
        *field(&mut faults) = 0;
        list.push(Settings { faults, ..*of });
    }
    let budget = of.faults.budget / 2;
    list.push(Settings { faults: Faults { budget, ..of.faults }, ..*of });
    list.push(Settings { workers: of.workers.saturating_sub(1).max(1), ..*of });
    list.push(Settings { batch: of.batch.saturating_sub(1).max(1), ..*of });
    list.push(Settings { keep: of.keep * 4 / 5, ..*of });
    list.push(Settings { skew: 0, ..*of });
    list.retain(|simpler| simpler != of);
    list
}
