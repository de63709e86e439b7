//! The simulation as tests: good protocols stay clean, broken ones are found, the host is clean, and runs are repeatable.

use fanin_tests_protocol::campaign::{CONTROL_SEEDS, HOSTS, Options, first_failing, run};
use fanin_tests_protocol::settings::{Faults, Sabotage, Settings};
use fanin_tests_protocol::shrink::shrink;
use fanin_tests_protocol::small::PROTOCOLS;
use fanin_tests_protocol::{Verdict, real};

/// A campaign, and what it said if it went wrong.
fn campaign(seeds: u64, only: &str) {
    let mut said = String::new();
    let from = std::env::var("FANIN_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let options = Options { from, seeds, only: Some(only.to_owned()), show: false };
    let good = run(&options, &mut |line| {
        said.push_str(line);
        said.push('\n');
    });
    assert!(good, "{said}");
}

#[test]
fn good_protocols_are_clean_over_300_seeds() {
    for protocol in PROTOCOLS.iter().filter(|protocol| protocol.good) {
        campaign(300, protocol.name);
    }
}

#[test]
fn each_broken_protocol_is_found_broken() {
    for protocol in PROTOCOLS.iter().filter(|protocol| !protocol.good) {
        let found = first_failing(0, CONTROL_SEEDS, &|settings, traced| protocol.run(settings, traced));
        assert!(
            found.is_some(),
            "{} passes {CONTROL_SEEDS} seeds: the simulation proves nothing",
            protocol.name
        );
    }
}

/// Two thousand seeds in two halves, which run side by side.
#[test]
fn the_host_is_clean_over_a_thousand_seeds() {
    campaign(1_000, "host: as it is");
}

#[test]
fn the_host_is_clean_over_a_thousand_seeds_more() {
    let found = first_failing(1_000, 1_000, &real::run);
    assert_eq!(
        found, None,
        "replay it with `cargo run -p fanin-tests-protocol --bin sim -- --only host --seeds 1 --from N`"
    );
}

#[test]
fn the_host_counts_a_hot_key_exactly() {
    campaign(400, "host: a hot key");
}

/// The first firing of an `absent` with `after` whose earlier `after` came last: its deadline is the earlier one's.
#[test]
fn an_earlier_after_that_comes_later_moves_the_deadline() {
    assert_eq!(real::run(&Settings::of(8034), false).problems, [""; 0]);
}

#[test]
fn a_world_that_does_not_keep_its_word_is_noticed() {
    for (name, sabotage) in HOSTS.iter().filter(|(_, sabotage)| *sabotage != Sabotage::None) {
        let found = first_failing(0, CONTROL_SEEDS, &|settings, traced| {
            real::run(&Settings { sabotage: *sabotage, ..*settings }, traced)
        });
        assert!(found.is_some(), "{name} passes {CONTROL_SEEDS} seeds: the simulation proves nothing");
    }
}

#[test]
fn the_host_is_clean_where_nothing_goes_wrong() {
    for seed in 0..200 {
        let verdict = real::run(&Settings::calm(seed), false);
        assert!(verdict.is_good(), "FANIN_SEED={seed}, calm: {:#?}", verdict.problems);
    }
}

#[test]
fn a_seed_fixes_everything() {
    for seed in [3, 14, 159] {
        let settings = Settings::of(seed);
        assert_eq!(real::run(&settings, true), real::run(&settings, true));
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

/// A start that was set aside and is sent again while the lease of its calls lasts is a new message to the queue. It leaves
/// the lease alone, and has to come again: the message that owned the lease is gone, and nobody else would make the call.
#[test]
fn a_start_sent_again_while_its_lease_lasts_is_not_forgotten() {
    let settings = Settings { redrive_after: 0, ..Settings::of(5959) };
    assert_eq!(real::run_rushed(&settings, false).problems, [""; 0]);
}
