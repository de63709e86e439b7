//! Damage at random: whatever happens to the files, what is announced is what is there after a repair.

use std::fs;
use std::path::Path;

use crate::repair::{diagnose, keeping, mend, worked};
use crate::support::{check, files, load, open, tiny};
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_assert, prop_oneof, proptest};

/// Something bad that happens to a file.
#[derive(Clone, Debug)]
enum Harm {
    Flip(u32),
    Zero(usize),
    Cut,
    Remove,
    Garbage,
}

fn harm() -> impl Strategy<Value = (f64, f64, Harm)> {
    let kinds = prop_oneof![
        4 => (0..8u32).prop_map(Harm::Flip),
        2 => (1..2000usize).prop_map(Harm::Zero),
        1 => Just(Harm::Cut),
        1 => Just(Harm::Remove),
        1 => Just(Harm::Garbage),
    ];
    (0.0..1.0, 0.0..1.0, kinds)
}

/// Returns whether the end of the log may have been wiped out: then it looks like a shorter one, and nobody can tell.
fn inflict(dir: &Path, (which, place, harm): &(f64, f64, Harm)) -> bool {
    let mut all = files(dir, "");
    all.retain(|file| !file.file_name().unwrap().to_str().unwrap().starts_with("spare"));
    let file = &all[(*which * all.len() as f64) as usize];
    let mut bytes = fs::read(file).unwrap();
    let at = (*place * bytes.len() as f64) as usize;
    match harm {
        _ if bytes.is_empty() => {}
        Harm::Flip(bit) => bytes[at] ^= 1 << bit,
        Harm::Zero(count) => {
            let end = (at + count).min(bytes.len());
            bytes[at..end].fill(0);
        }
        Harm::Cut => bytes.truncate(at),
        Harm::Garbage => bytes.fill(0x5a),
        Harm::Remove => {}
    }
    let newest = files(dir, "log-").last() == Some(file);
    match harm {
        Harm::Remove => fs::remove_file(file).unwrap(),
        _ => fs::write(file, bytes).unwrap(),
    }
    newest && matches!(harm, Harm::Zero(_) | Harm::Remove)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever happens to the files: what is announced is what is there afterwards, and nothing false.
    #[test]
    fn any_damage_is_told_and_repaired_as_announced(
        harms in proptest::collection::vec(harm(), 1..4),
        retained in proptest::bool::ANY,
    ) {
        let options = if retained { keeping() } else { tiny() };
        let dir = worked(&options);
        let mut wiped = false;
        for harm in &harms {
            wiped |= inflict(dir.path(), harm);
        }
        let found = diagnose(dir.path());
        match (&found.plan, &found.hopeless) {
            (Some(_), None) => {
                let plan = mend(dir.path(), &options);
                let told = plan.lost.is_some() || found.torn.is_some();
                prop_assert!(plan.last == 240 || told || wiped, "{plan:#?}");
            }
            (None, Some(_)) => prop_assert!(!found.damages.is_empty()),
            (None, None) => {
                prop_assert!(found.damages.is_empty());
                let (mut journal, mut checkpoint, _) = open(dir.path(), &options);
                let at = load(&mut checkpoint).unwrap_or(0);
                prop_assert!(check(&mut journal, at).unwrap() >= 237 || wiped, "{found:#?}");
            }
            (Some(_), Some(_)) => prop_assert!(false, "a plan for what is hopeless"),
        }
    }
}
