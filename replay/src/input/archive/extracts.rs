//! Extracts in a file: their records are of other files.

use std::path::Path;

use sealwatch_rules::cloudtrail::json_error;
use sealwatch_rules::cloudtrail::record::Record;
use sealwatch_rules::util::json;

use crate::input::archive::{Contents, Diagnostic, LocatedFact, ReadOptions, skips};
use crate::input::extract::{self, Line};

/// What is wrong with an extract that does not end with its counts.
const UNFINISHED_EXTRACT: &str =
    "this extract is cut off: its counts are missing, and maybe records; extract again, or copy the whole file";

/// What a text is of extracts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// True if an extract began before it.
    pub(super) is_open: bool,
    pub(super) is_last: bool,
    pub(super) lines_before: usize,
}

impl Part {
    pub(super) const WHOLE: Part = Part { is_open: false, is_last: true, lines_before: 0 };
}

impl Contents {
    /// Adds the lines of an extract, or of several that follow each other.
    pub(super) fn add_extract(&mut self, name: &str, text: &[u8], part: Part, options: &ReadOptions) {
        // the lines of a file follow each other
        let (mut is_open, mut last_file, mut is_skipped) = (part.is_open, String::new(), false);
        for (number, line) in
            (part.lines_before + 1..).zip(text.split(|byte| *byte == b'\n')).filter(|(_, line)| !line.is_empty())
        {
            let is_start = extract::is_extract(line);
            let line = Line::parse(line);
            if is_start && let Err(problem) = line {
                self.add_problem(format!("{name}: line {number}"), format!("this extract cannot be read: {problem}"));
                return; // what follows may mean something else
            }
            if is_open == is_start {
                self.add_problem(format!("{name}: line {number}"), UNFINISHED_EXTRACT);
            }
            is_open = !matches!(line, Ok(Line::Counts(_)));
            if let Ok(Line::Record { location, .. } | Line::Fact { location, .. }) = &line
                && location.uri != last_file
            {
                last_file.clone_from(&location.uri);
                is_skipped = !options.filter.is_empty() && is_skipped_by_path(&last_file, options);
                self.counts.skipped_by_path += usize::from(is_skipped);
            }
            match line {
                Ok(Line::Header) => {}
                Ok(Line::Record { .. } | Line::Fact { .. }) if is_skipped => {}
                Ok(Line::Record { .. }) if options.only_facts => self.records_among_facts += 1,
                Ok(Line::Record { location, only, json }) => match Record::parse(json.get()) {
                    Ok(record) => self.add_record(&record, json.get(), only, options, || location),
                    Err(error) => self.add_problem(location.to_string(), error.to_string()),
                },
                Ok(Line::Fact { location, json }) => match json::parse(json.get()) {
                    Ok(fact) => self.facts.push(LocatedFact { location, fact }),
                    Err(error) => self.add_problem(location.to_string(), json_error::words(&error)),
                },
                Ok(Line::Problem { location, problem }) => {
                    let facts_before = self.facts.len();
                    self.recorded_diagnostics.push(Diagnostic { location, problem, facts_before });
                }
                Ok(Line::Counts(counts)) => {
                    let mut counts = *counts;
                    if options.only_facts {
                        self.records_among_facts = self.records_among_facts.saturating_add(counts.input.records);
                        counts.input = counts.input.without_records();
                    }
                    self.recorded.add(&counts);
                }
                Err(problem) => self.add_problem(
                    format!("{name}: line {number}"),
                    format!("this extract is damaged: {problem}; extract again"),
                ),
            }
        }
        if is_open && part.is_last {
            self.add_problem(name, UNFINISHED_EXTRACT);
        }
    }

    /// Counts what the extracts in a file count. Their problems precede those of the file itself.
    pub(crate) fn end_extracts(&mut self) {
        self.counts.add(&self.recorded.input);
        self.recorded_diagnostics.append(&mut self.diagnostics);
        self.diagnostics = std::mem::take(&mut self.recorded_diagnostics);
    }
}

/// True if the path of a file shows that no record in it is selected, or that of the ZIP archive that holds it.
fn is_skipped_by_path(uri: &str, options: &ReadOptions) -> bool {
    let path = extract::path(uri).unwrap_or_default();
    let is_zip = |path: &&Path| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    skips(&options.filter, &path) || path.ancestors().skip(1).filter(is_zip).any(|path| skips(&options.filter, path))
}
