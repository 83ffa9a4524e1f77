//! Japanese: what the analyzer of connector settings and its rules say.

pub(super) const TEXTS: super::Texts = &[];
