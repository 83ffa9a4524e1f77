//! `sealwatch rules`: the list of rules, or the exceptions of the settings.

use std::io::{self, Write};

use sealwatch_rules::rules::rules;
use sealwatch_rules::settings::Settings;
use serde_json::json;

use crate::cli::{CatalogFormat, RulesArgs};
use crate::commands::rule_document::document;
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::settings_file;

/// Prints the list.
pub(crate) fn run(args: &RulesArgs) -> Result<ExitStatus, CliError> {
    let settings = settings_file::load(args.settings.as_deref())?;
    let mut out = anstream::stdout().lock();
    let written = match args.exceptions {
        true => write_exceptions(&mut out, &settings, args.format),
        false => write_rules(&mut out, &settings, args.format),
    };
    written.map_err(CliError::Output)?;
    Ok(ExitStatus::Clean)
}

fn write_rules(out: &mut impl Write, settings: &Settings, format: CatalogFormat) -> io::Result<()> {
    for rule in rules() {
        let severity = settings.rules.get(rule.id).and_then(|set| set.severity).unwrap_or(rule.severity);
        let state = if settings.enabled(rule.id) { severity.name() } else { "off" };
        match format {
            CatalogFormat::Text => writeln!(out, "{:<42} {state:<9} {}", rule.id, rule.title)?,
            CatalogFormat::Json => writeln!(out, "{}", document(rule))?,
        }
    }
    Ok(())
}

fn write_exceptions(out: &mut impl Write, settings: &Settings, format: CatalogFormat) -> io::Result<()> {
    for exception in &settings.exceptions {
        let (rule, resource, reason) = (&exception.rule, &exception.resource, &exception.reason);
        let until = exception.until.as_deref();
        match format {
            CatalogFormat::Text => {
                let until = until.map_or("no end date".to_owned(), |until| format!("until {until}"));
                writeln!(out, "{rule:<42} {until:<16} {resource}\n{:>42} {reason}", "")?;
            }
            CatalogFormat::Json => {
                writeln!(out, "{}", json!({"rule": rule, "resource": resource, "until": until, "reason": reason}))?;
            }
        }
    }
    Ok(())
}
