//! Readers of mappings, lists and scalars, which report what is wrong and go on.

mod fields;
mod foreign;
mod scalar;

pub(crate) use fields::Fields;
pub(crate) use scalar::{
    Range, choice, decimal, duration, positive_duration, raw_text, text, texts, whole, wrong_type,
};

mod name;

pub(crate) use name::{declared, named, reference};

use crate::tree::Place;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

impl<T> At<T> {
    pub(crate) fn new(value: T, place: Place) -> At<T> {
        At { value, place }
    }
}
