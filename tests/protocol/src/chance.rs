//! Choices from a seed (SplitMix64): one number decides a whole run, on every machine and in every version.

/// The generator.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    #[must_use]
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    /// A generator for part `part` of what `seed` decides: its choices do not depend on how far the other parts are.
    #[must_use]
    pub fn part(seed: u64, part: u64) -> Chance {
        Chance(seed ^ part.wrapping_add(1).wrapping_mul(0xd134_2543_de82_ef95))
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound.max(1)
    }

    /// A place below `bound`; 0 for a bound of 0.
    pub fn place(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).unwrap_or(0)
    }

    /// A number from `least` to `most`.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least.saturating_add(self.below(most.saturating_sub(least).saturating_add(1)))
    }

    /// A number of milliseconds from `least` to `most`.
    pub fn millis(&mut self, least: i64, most: i64) -> i64 {
        let wide = u64::try_from(most.saturating_sub(least)).unwrap_or(0);
        least.saturating_add(i64::try_from(self.below(wide.saturating_add(1))).unwrap_or(0))
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// True `n` times of a thousand.
    pub fn per_mille(&mut self, n: u32) -> bool {
        self.below(1000) < u64::from(n)
    }

    /// One of `items`.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let place = self.place(items.len());
        items.get(place)
    }

    /// Any order of `items`.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.place(i + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_everything_and_parts_are_apart() {
        let draw = |part| (0..5).map(|_| Chance::part(7, part).draw()).collect::<Vec<_>>();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let mut chance = Chance::new(1);
        assert!((0..1000).all(|_| (3..=5).contains(&chance.between(3, 5))));
        assert!((0..1000).all(|_| (-2..=2).contains(&chance.millis(-2, 2))));
    }
}
