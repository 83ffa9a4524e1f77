//! Japanese: what the analyzer of key policies and its rules say.

pub(super) const TEXTS: super::Texts = &[];
