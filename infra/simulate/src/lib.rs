//! Virtual time: the player of test files, reordering, duplicates, crashes.
