//! Conditions, instances and the one function that decides: apply. Pure.
