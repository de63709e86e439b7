//! Stories as text: golden files, rewritten with `FANIN_REWRITE=1`.
