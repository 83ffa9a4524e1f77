//! What an extract says about the search for its input.

use std::io::{self, Write};

use crate::input::extract::{LeftOut, Writer};
use crate::input::files::Search;
use crate::progress::Progress;

/// Writes what a search could not find. Returns what it left out.
pub(crate) fn write_search<W: Write>(
    writer: &mut Writer<W>,
    search: &Search,
    progress: &Progress,
) -> io::Result<LeftOut> {
    let mut left_out = LeftOut { other_extensions: search.other_extensions, ..LeftOut::default() };
    left_out.input.skipped_by_path = search.skipped_by_path;
    left_out.input.unreadable = search.problems.len();
    for problem in &search.problems {
        progress.warn(problem);
        writer.problem("", problem)?;
    }
    Ok(left_out)
}
