//! Japanese: reports of the command line.

pub(super) const TEXTS: super::Texts = &[];
