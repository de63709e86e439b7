//! Choices from the seed beyond what the generator offers itself.

use std::time::Duration;

use fanin_simulate::random::Random;

/// A generator for part `part` of what `seed` decides: its choices do not depend on how far the other parts are.
pub(crate) fn part(seed: u64, part: u64) -> Random {
    Random::new(seed ^ part.wrapping_add(1).wrapping_mul(0xd134_2543_de82_ef95))
}

/// A number from `least` to `most`.
pub(crate) fn between(random: &mut Random, least: usize, most: usize) -> usize {
    least + random.below(most.saturating_sub(least) + 1)
}

/// A time from `least` to `most` milliseconds, with microseconds between.
pub(crate) fn millis(random: &mut Random, least: usize, most: usize) -> Duration {
    Duration::from_micros(between(random, least * 1000, most * 1000) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_stay_within_their_bounds_and_reach_them() {
        let mut random = part(7, 1);
        let drawn: std::collections::BTreeSet<usize> = (0..200).map(|_| between(&mut random, 3, 5)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [3, 4, 5]);
        let first = |seed, number| part(seed, number).below(1_000_000);
        assert_eq!(first(7, 1), first(7, 1));
        assert_ne!(first(7, 1), first(7, 2));
    }
}
