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

    /// Adds what these contents are to the parts before them. What is said of a whole text is said with the last part.
    pub(super) fn join_parts(&mut self, parts: &mut Contents, is_last: bool, file: &InputFile, options: &ReadOptions) {
        self.counts.files = 0;
        self.diagnostics.truncate(MAX_DIAGNOSTICS.saturating_sub(parts.diagnostics.len()));
        parts.counts.add(&self.counts);
        parts.is_empty_answer |= self.is_empty_answer;
        parts.is_policy |= self.is_policy;
        parts.is_part |= self.is_part;
        parts.documents += self.facts.len(); // a text that holds facts is not empty
        let copies = self.diagnostics.iter().map(|said| Diagnostic {
            location: said.location.clone(),
            problem: String::new(),
            facts_before: 0,
        });
        parts.diagnostics.extend(copies);
        if is_last {
            let parts = std::mem::take(parts);
            self.counts.files = usize::from(parts.is_part);
            (self.is_empty_answer, self.is_policy) = (parts.is_empty_answer, parts.is_policy);
            let is_empty = parts.counts.records == 0 && parts.documents == 0 && parts.diagnostics.is_empty();
            self.end_text(is_empty, &file.display_name(), file, options);
            let more = parts.counts.unreadable.saturating_sub(parts.diagnostics.len());
            if more > 0 {
                let problem = format!("and {}", count(more, "more problem"));
                self.diagnostics.push(Diagnostic {
                    location: file.display_name(),
                    problem,
                    facts_before: self.facts.len(),
                });
            }
        }
    }
}
