//! Japanese: notifications.

pub(super) const TEXTS: super::Texts = &[];
