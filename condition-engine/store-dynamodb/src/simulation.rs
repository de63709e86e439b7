//! Nonces, names and lengths of pauses from a source of one's own, so that a run of the store can be repeated.

use std::cell::RefCell;

/// Where numbers come from.
type Source = Box<dyn FnMut() -> u64>;

thread_local! {
    static SOURCE: RefCell<Option<Source>> = const { RefCell::new(None) };
}

/// From now on the stores on this thread draw from here. A source must not begin to repeat itself within a table's life: cells are
/// known by such numbers.
pub fn draw_from(source: impl FnMut() -> u64 + 'static) {
    SOURCE.set(Some(Box::new(source)));
}

/// The next number; none: nobody has brought a source.
pub(crate) fn draw() -> Option<u64> {
    SOURCE.with_borrow_mut(|source| source.as_mut().map(|draw| draw()))
}
