//! Entities in stable places, with consistent snapshots taken while they go on changing (copy on update).
//!
//! A snapshot is a moment, not a scan: when it begins, every entity owes its state of that moment. The sweep pays for a
//! few entities between turns; an entity that is about to change first pays for itself (its pre-image). An entity born
//! later owes nothing. So the snapshot is exactly the state at its beginning, and nobody ever waits for it.

/// Entities per chunk: growing never moves what is there.
const CHUNK: usize = 4096;

/// A place in a [`Slab`].
pub(crate) type Place = u32;

#[derive(Debug)]
struct Cell<T> {
    /// The snapshot this entity has paid for.
    paid: u32,
    value: Option<T>,
}

/// Entities of one kind.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    chunks: Vec<Vec<Cell<T>>>,
    free: Vec<Place>,
    len: usize,
    /// Number of the running or last snapshot.
    epoch: u32,
    /// How far the running snapshot has swept; none is running: past the end.
    swept: Option<Place>,
    /// Pre-images of the running snapshot, encoded.
    images: Vec<u8>,
}

/// How an entity is written into a snapshot.
pub(crate) trait Image {
    /// Appends the encoded entity.
    fn write(&self, out: &mut Vec<u8>);
}

impl<T: Image> Default for Slab<T> {
    fn default() -> Self {
        Slab { chunks: Vec::new(), free: Vec::new(), len: 0, epoch: 0, swept: None, images: Vec::new() }
    }
}

fn split(place: Place) -> (usize, usize) {
    (place as usize / CHUNK, place as usize % CHUNK)
}

impl<T: Image> Slab<T> {
    /// How many entities there are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Puts an entity in; none when four billion places are taken.
    pub(crate) fn insert(&mut self, value: T) -> Option<Place> {
        let paid = self.epoch;
        if let Some(place) = self.free.pop() {
            let (chunk, index) = split(place);
            let cell = self.chunks.get_mut(chunk)?.get_mut(index)?;
            *cell = Cell { paid, value: Some(value) };
            self.len += 1;
            return Some(place);
        }
        if self.chunks.last().is_none_or(|last| last.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let before = (self.chunks.len() - 1) * CHUNK;
        let last = self.chunks.last_mut()?;
        let place = Place::try_from(before + last.len()).ok()?;
        last.push(Cell { paid, value: Some(value) });
        self.len += 1;
        Some(place)
    }

    /// Looks at an entity.
    #[must_use]
    pub(crate) fn get(&self, place: Place) -> Option<&T> {
        let (chunk, index) = split(place);
        self.chunks.get(chunk)?.get(index)?.value.as_ref()
    }

    /// The entity, about to be changed: pays its pre-image to a running snapshot.
    pub(crate) fn get_mut(&mut self, place: Place) -> Option<&mut T> {
        let (chunk, index) = split(place);
        let cell = self.chunks.get_mut(chunk)?.get_mut(index)?;
        pay(cell, self.epoch, &mut self.images);
        cell.value.as_mut()
    }

    /// Takes an entity out.
    pub(crate) fn remove(&mut self, place: Place) -> Option<T> {
        let (chunk, index) = split(place);
        let cell = self.chunks.get_mut(chunk)?.get_mut(index)?;
        pay(cell, self.epoch, &mut self.images);
        let value = cell.value.take()?;
        self.free.push(place);
        self.len -= 1;
        Some(value)
    }

    /// The place after the last one that was ever taken.
    #[must_use]
    pub(crate) fn end(&self) -> Place {
        let before = self.chunks.len().saturating_sub(1) * CHUNK;
        Place::try_from(before + self.chunks.last().map_or(0, Vec::len)).unwrap_or(Place::MAX)
    }

    /// All entities with their places, in order of place.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Place, &T)> {
        self.chunks.iter().enumerate().flat_map(|(c, chunk)| {
            chunk.iter().enumerate().filter_map(move |(i, cell)| {
                Some((Place::try_from(c * CHUNK + i).ok()?, cell.value.as_ref()?))
            })
        })
    }

    /// Begins a snapshot of the state as it is now.
    pub(crate) fn begin_snapshot(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        self.swept = Some(0);
        self.images.clear();
    }

    /// Lets up to `count` places pay and hands over the images gathered so far; `true` when all have paid.
    pub(crate) fn sweep(&mut self, count: usize, out: &mut Vec<u8>) -> bool {
        if let Some(from) = self.swept {
            let mut place = from;
            for _ in 0..count {
                let (chunk, index) = split(place);
                let Some(cell) = self.chunks.get_mut(chunk).and_then(|c| c.get_mut(index)) else {
                    self.swept = None;
                    break;
                };
                pay(cell, self.epoch, &mut self.images);
                place += 1;
            }
            if self.swept.is_some() {
                self.swept = Some(place);
            }
        }
        out.append(&mut self.images);
        self.swept.is_none()
    }
}

fn pay<T: Image>(cell: &mut Cell<T>, epoch: u32, images: &mut Vec<u8>) {
    if cell.paid != epoch {
        cell.paid = epoch;
        if let Some(value) = &cell.value {
            value.write(images);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Number(u8);
    impl Image for Number {
        fn write(&self, out: &mut Vec<u8>) {
            out.push(self.0);
        }
    }

    #[test]
    fn a_snapshot_is_the_state_at_its_beginning() {
        let mut slab = Slab::default();
        let places: Vec<_> = (0..10).map(|n| slab.insert(Number(n)).unwrap()).collect();
        slab.begin_snapshot();
        let mut image = Vec::new();
        slab.get_mut(places[7]).unwrap().0 = 77;
        slab.get_mut(places[7]).unwrap().0 = 78;
        assert!(!slab.sweep(3, &mut image));
        slab.get_mut(places[1]).unwrap().0 = 71;
        slab.remove(places[9]);
        slab.insert(Number(99));
        slab.insert(Number(100));
        assert!(slab.sweep(100, &mut image));
        image.sort_unstable();
        assert_eq!(image, (0..10).collect::<Vec<u8>>());
        let now: Vec<u8> = slab.iter().map(|(_, n)| n.0).collect();
        assert_eq!(now, [0, 71, 2, 3, 4, 5, 6, 78, 8, 99, 100]);
    }

    #[test]
    fn without_a_snapshot_nothing_is_written() {
        let mut slab = Slab::default();
        let place = slab.insert(Number(1)).unwrap();
        slab.get_mut(place).unwrap().0 = 2;
        assert!(slab.images.is_empty());
        assert!(slab.remove(place).is_some() && slab.len() == 0 && slab.get(place).is_none());
    }

    #[test]
    fn places_are_reused_and_stable_over_chunks() {
        let mut slab = Slab::default();
        let places: Vec<_> = (0..10_000).map(|_| slab.insert(Number(1)).unwrap()).collect();
        assert_eq!(places.last(), Some(&9_999));
        slab.remove(5_000);
        assert_eq!(slab.insert(Number(2)), Some(5_000));
        assert_eq!((slab.len(), slab.end()), (10_000, 10_000));
        assert_eq!(Slab::<Number>::default().end(), 0);
    }
}
