//! The compiled workflow and its wire form. Pure.
