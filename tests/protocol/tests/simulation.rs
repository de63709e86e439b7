//! The simulation as tests: what should stand is clean, runs are repeatable, and a failing one becomes small.

use fanin_tests_protocol::campaign::{CONTROL_SEEDS, Options, first_failing, resume, run, subjects};
use fanin_tests_protocol::log::{self, Store};
use fanin_tests_protocol::settings::{Faults, Settings};
use fanin_tests_protocol::shrink::shrink;
use fanin_tests_protocol::small::PROTOCOLS;
use fanin_tests_protocol::{Verdict, real};

/// A campaign, and what it said if it went wrong.
fn campaign(from: u64, seeds: u64, only: &str) {
    let mut said = String::new();
    let options = Options { from, seeds, only: Some(only.to_owned()), show: false };
    let good = run(&options, &mut |line| {
        said.push_str(line);
        said.push('\n');
    });
    assert!(good, "replay it with `FANIN_SEED=N make sim`\n{said}");
}

#[test]
fn good_protocols_are_clean_over_100_seeds() {
    for protocol in PROTOCOLS.iter().filter(|protocol| protocol.good) {
        campaign(0, 100, protocol.name);
    }
}

#[test]
fn a_campaign_goes_on_where_the_last_one_ended() {
    let folder = std::env::temp_dir().join(format!("fanin-campaign-{}", std::process::id()));
    // Its folder is not there yet, as in a clone that builds elsewhere.
    let file = folder.join("target").join("clean-before");
    let only = PROTOCOLS.iter().find(|protocol| protocol.good).unwrap().name;
    for until in ["5\n", "8\n"] {
        let seeds = if until == "5\n" { 5 } else { 3 };
        let options = Options { from: 0, seeds, only: Some(only.to_owned()), show: false };
        let mut said = Vec::new();
        assert!(resume(&file, options, &mut |line| said.push(line.to_owned())), "{said:?}");
        assert!(!said.iter().any(|line| line.contains("cannot note")), "{said:?}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), until);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// Two thousand seeds of the hosts, in parts which run side by side.
#[test]
fn the_state_first_host_is_clean() {
    campaign(0, 700, "host: as it is");
}

#[test]
fn the_state_first_host_is_clean_on_further_seeds() {
    campaign(700, 700, "host: as it is");
}

#[test]
fn the_log_first_host_is_clean_on_files() {
    campaign(0, 400, "log: on files");
}

#[test]
fn the_log_first_host_is_clean_on_the_model_store() {
    campaign(400, 200, "log: on the model store");
}

#[test]
fn the_host_counts_a_hot_key_exactly() {
    campaign(0, 400, "host: a hot key");
}

/// One seed of twenty: a run on the real store takes several times as long.
#[test]
fn the_state_first_host_is_clean_on_its_real_store() {
    campaign(0, 1_000, "table: as it is");
}

#[test]
fn the_host_counts_a_hot_key_exactly_on_its_real_store() {
    campaign(0, 2_000, "table: a hot key");
}

#[test]
fn both_hosts_are_clean_and_in_time_where_nothing_goes_wrong() {
    for seed in 0..100 {
        let settings = Settings::calm(seed);
        for verdict in [real::run(&settings, false), log::run(Store::Files, &settings, false)] {
            assert!(verdict.is_good(), "seed {seed}, calm: {:#?}", verdict.problems);
        }
    }
}

#[test]
fn every_subject_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<String> = subjects().into_iter().map(|one| one.name).collect();
    assert_eq!(names.len(), subjects().len());
}

#[test]
fn a_seed_fixes_everything() {
    for seed in [3, 14, 159] {
        let settings = Settings::of(seed);
        assert_eq!(real::run(&settings, true), real::run(&settings, true));
        let on_table = || real::run_on_table(&settings, true);
        assert_eq!(on_table(), on_table());
        let on_files = || log::run(Store::Files, &settings, true);
        assert_eq!(on_files(), on_files());
        let protocol = PROTOCOLS[0];
        assert_eq!(protocol.run(&settings, true), protocol.run(&settings, true));
    }
}

/// A run without outbox fails by a crash alone; everything else is taken away, and the trace tells the story.
#[test]
fn a_failing_run_shrinks_to_what_matters() {
    let protocol = PROTOCOLS.iter().find(|protocol| protocol.name.starts_with("F:")).unwrap();
    let run = |settings: &Settings, traced: bool| -> Verdict { protocol.run(settings, traced) };
    let seed = first_failing(0, CONTROL_SEEDS, &run).unwrap();
    let (small, verdict) = shrink(Settings::of(seed), &run);
    assert!(!verdict.is_good());
    let kinds = |faults: &Faults| {
        let Faults { crash, throttle, lost_reply, never, later, repeated, retried, .. } = *faults;
        [crash, throttle, lost_reply, never, later, repeated, retried]
            .iter()
            .filter(|often| **often > 0)
            .count()
    };
    assert!(kinds(&small.faults) <= 1, "{small:?}");
    assert!(verdict.trace.len() < 200, "{} lines", verdict.trace.len());
}
