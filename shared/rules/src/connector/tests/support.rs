//! Helpers of the connector tests.

use crate::connector::analyze::analyze;
use crate::connector::report::{Output, Report};
use crate::connector::settings::Settings;

pub(super) fn report(text: &str) -> Report {
    analyze(&Settings::from_properties(text), None)
}

/// The problems in a report, for example `plaintext:NAME tls:NAME secret:NAME output`.
pub(super) fn summary(report: &Report) -> String {
    let lists = [("plaintext", &report.plaintext), ("tls", &report.unverified_tls), ("secret", &report.secrets)];
    let mut words: Vec<String> = lists
        .iter()
        .flat_map(|(kind, list)| list.iter().map(move |reason| format!("{kind}:{}", reason.property)))
        .collect();
    words.extend(matches!(report.output, Some(Output::NoKey(_))).then(|| "output".to_owned()));
    words.join(" ")
}

/// The same, and the settings whose values are not known: `unknown:NAME`, or `check:NAME` if only the verification is.
pub(super) fn full_summary(report: &Report) -> String {
    let unknown = report.unknown_settings.iter().map(|name| format!("unknown:{name}"));
    let checks = report.unknown_checks.iter().map(|name| format!("check:{name}"));
    let words = [summary(report)].into_iter().filter(|text| !text.is_empty()).chain(unknown).chain(checks);
    words.collect::<Vec<_>>().join(" ")
}

pub(super) fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(&summary(&report(text)), expected, "{text}");
    }
}

/// Checks one connector with the same settings and different last lines.
pub(super) fn check_lines(class: &str, base: &str, cases: &[(&str, &str)]) {
    for (line, expected) in cases {
        let text = format!("connector.class={class}\n{base}\n{line}");
        let report = report(&text);
        assert_eq!(&summary(&report), expected, "{text}");
        assert!(report.connector.is_some(), "{class}");
    }
}
