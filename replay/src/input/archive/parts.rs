//! Texts that are read in parts: standard input, and large extracts.

use std::io;
use std::path::PathBuf;

use crate::input::archive::extracts;
use crate::input::archive::{Contents, Diagnostic, MAX_DIAGNOSTICS, Part, ReadOptions, skips};
use crate::input::input_file::InputFile;
use crate::input::pieces::Piece;
use crate::input::reader::Reader;
use crate::messages::count;

impl Contents {
    /// Reads a piece of a text.
    pub(super) fn of_piece(
        reader: &mut Reader,
        path: PathBuf,
        piece: io::Result<Piece>,
        options: &ReadOptions,
    ) -> (InputFile, Contents, Part) {
        let mut file = InputFile { path, named: true, bytes: 0 };
        let (name, mut contents) = (file.display_name(), Contents::default());
        let part = match &piece {
            Ok(piece) if piece.is_last && piece.lines_before == 0 => Part::Whole,
            Ok(piece) if !piece.is_last => Part::Some,
            Ok(_) | Err(_) => Part::Last,
        };
        let extract = piece.as_ref().ok().filter(|piece| piece.is_extract).map(|piece| extracts::Part {
            is_open: piece.is_open,
            is_last: piece.is_last,
            lines_before: piece.lines_before,
        });
        if skips(&options.filter, &file.path) {
            contents.counts.skipped_by_path += usize::from(piece.is_ok_and(|piece| piece.lines_before == 0));
            return (file, contents, Part::Whole);
        }
        let content = piece.and_then(|piece| {
            (contents.lines_before, contents.is_part) = (piece.lines_before, part != Part::Whole);
            reader.read_piece(piece)
        });
        match (content, extract) {
            (Ok(content), extract) => {
                contents.bytes = content.bytes.len();
                match extract {
                    Some(part) => contents.add_extract(&name, content.bytes, part, options),
                    None => contents.add_content(&name, &file, content, options),
                }
                file.bytes = reader.stored_bytes();
            }
            (Err(error), _) => contents.add_problem(&name, error.to_string()),
        }
        // each line of an extract is about itself, so its pieces are not joined
        let part = if extract.is_some() { Part::Whole } else { part };
        if part == Part::Whole {
            contents.end_diagnostics(name);
            contents.end_extracts();
        }
        (file, contents, part)
    }

    /// Adds what is said of a whole text: with its last part.
    fn end_parts(&mut self, parts: &Parts, file: &InputFile, options: &ReadOptions) {
        self.counts.files = usize::from(parts.is_read);
        (self.is_empty_answer, self.is_policy) = (parts.is_empty_answer, parts.is_policy);
        self.end_text(!parts.holds_something, &file.display_name(), file, options);
        let more = parts.unreadable.saturating_sub(parts.diagnostics);
        if more > 0 {
            let (location, problem) = (file.display_name(), format!("and {}", count(more, "more problem")));
            self.diagnostics.push(Diagnostic { location, problem, facts_before: self.facts.len() });
        }
    }
}

/// What the parts of a text are together.
#[derive(Debug, Default)]
pub(super) struct Parts {
    is_empty_answer: bool,
    is_policy: bool,
    /// True if a part was read: the input is a file then, of which each part is none.
    is_read: bool,
    /// True if a part holds records, facts or problems.
    holds_something: bool,
    unreadable: usize,
    /// How many problems are printed.
    diagnostics: usize,
}

impl Parts {
    /// Adds a part, and says with the last one what is to be said of the whole text.
    pub(super) fn add(&mut self, part: &mut Contents, is_last: bool, file: &InputFile, options: &ReadOptions) {
        part.counts.files = 0;
        part.diagnostics.truncate(MAX_DIAGNOSTICS.saturating_sub(self.diagnostics));
        self.is_empty_answer |= part.is_empty_answer;
        self.is_policy |= part.is_policy;
        self.is_read |= part.is_part;
        self.holds_something |= part.counts.records > 0 || !part.facts.is_empty() || !part.diagnostics.is_empty();
        self.unreadable += part.counts.unreadable;
        self.diagnostics += part.diagnostics.len();
        if is_last {
            part.end_parts(&std::mem::take(self), file, options);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::input::filter::Filter;

    #[test]
    fn what_one_part_says_counts_for_the_whole() {
        let options = ReadOptions {
            jobs: NonZeroUsize::MIN,
            max_size: 1 << 20,
            filter: Filter::default(),
            only_facts: false,
            observe: false,
            keep: false,
        };
        let file = InputFile { path: "log.json".into(), named: true, bytes: 0 };
        let policy = || Contents { is_part: true, is_policy: true, ..Contents::default() };
        let empty = || Contents { is_part: true, is_empty_answer: true, ..Contents::default() };
        let other = || Contents { is_part: true, ..Contents::default() };
        let no_record = "no CloudTrail record and no facts";
        let is_policy = "this is a policy, not a record: evaluate it with `sealwatch policy`";
        for (contents, problem) in [
            ([other(), other()], Some(no_record)),
            ([policy(), other()], Some(is_policy)),
            ([other(), policy()], Some(is_policy)),
            ([policy(), policy()], Some(is_policy)),
            ([empty(), other()], None),
            ([other(), empty()], None),
        ] {
            let mut parts = Parts::default();
            let [mut first, mut last] = contents;
            parts.add(&mut first, false, &file, &options);
            parts.add(&mut last, true, &file, &options);
            let told: Vec<&str> = last.diagnostics.iter().map(|one| one.problem.as_str()).collect();
            assert_eq!(told, problem.into_iter().collect::<Vec<_>>());
            assert!(first.diagnostics.is_empty());
        }
    }
}
