//! Rules, runs, payload templates and retry arithmetic. Pure.
