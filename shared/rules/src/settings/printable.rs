//! Values of the settings in messages.

use crate::util::text;

/// The number of characters of a value that a message repeats.
const MAX_VALUE: usize = 60;

/// Text from the settings that is safe to print, and short.
pub(super) fn printable(value: &str) -> String {
    text::cut(&text::plain(value), MAX_VALUE)
}
