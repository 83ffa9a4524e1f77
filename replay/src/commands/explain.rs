//! `sealwatch explain`: one rule in full.

use std::io::{self, Write};

use sealwatch_rules::engine::rule::Rule;
use sealwatch_rules::rules::find_rule;

use crate::cli::{CatalogFormat, ExplainArgs};
use crate::commands::rule_document::{document, monitored_calls};
use crate::error::CliError;
use crate::exit_status::ExitStatus;

/// Prints one rule.
pub(crate) fn run(args: &ExplainArgs) -> Result<ExitStatus, CliError> {
    // the command line accepts only ids of rules
    let Some(rule) = find_rule(args.rule) else { return Ok(ExitStatus::Unreadable) };
    let mut out = anstream::stdout().lock();
    let written = match args.format {
        CatalogFormat::Text => write_text(&mut out, rule),
        CatalogFormat::Json => writeln!(out, "{}", document(rule)),
    };
    written.map_err(CliError::Output)?;
    Ok(ExitStatus::Clean)
}

fn write_text(out: &mut impl Write, rule: &Rule) -> io::Result<()> {
    let calls: Vec<String> =
        monitored_calls(rule).into_iter().map(|(source, name)| format!("{source} {name}")).collect();
    let controls = if rule.controls.is_empty() {
        "none".to_owned()
    } else {
        rule.controls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    writeln!(out, "{}: {}\nSeverity: {}", rule.id, rule.title, rule.severity.name())?;
    writeln!(out, "Calls: {}\nControls: {controls}\n\n{}", calls.join(", "), rule.doc())
}
