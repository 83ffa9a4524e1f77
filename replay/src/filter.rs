//! Which records are wanted: by time, account and Region.

use std::path::Path;

use sealwatch_rules::arn::is_account;
use sealwatch_rules::record::Record;
use sealwatch_rules::time::{DAY, Seconds, day, digits, time};

/// What the user asked for; nothing lets everything in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) since: Option<Seconds>,
    pub(crate) until: Option<Seconds>,
    pub(crate) accounts: Vec<String>,
    pub(crate) regions: Vec<String>,
}

impl Filter {
    /// True where a record is wanted. One that does not tell its time is: leaving it out could hide something.
    pub(crate) fn wants(&self, record: &Record<'_>) -> bool {
        let in_time = || match time(&record.event_time()) {
            Some(time) => self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time <= until),
            None => true,
        };
        let timed = (self.since.is_none() && self.until.is_none()) || in_time();
        let here = self.regions.is_empty() || self.regions.iter().any(|region| *region == record.region());
        timed && here && self.wants_account(record)
    }

    /// An unreadable record is wanted, too: it will be named when it is judged.
    fn wants_account(&self, record: &Record<'_>) -> bool {
        self.accounts.is_empty()
            || record.bodies().map_or(true, |bodies| self.accounts.iter().any(|account| *account == bodies.account))
    }

    /// True where no record of a file or folder can be in time, as its path tells.
    ///
    /// CloudTrail puts a file under the day of its delivery, so that an event may be of the day
    /// before, but never of a later one.
    pub(crate) fn passes_over(&self, path: &Path) -> bool {
        let Some((first, last)) = delivered(&parts(path)) else { return false };
        let (first, last) = ((first - 1) * DAY, (last + 1) * DAY - 1);
        self.since.is_some_and(|since| last < since) || self.until.is_some_and(|until| until < first)
    }

    /// The same for objects that have to be fetched, by account and Region, too: what another account's records tell
    /// about keys is given up for not fetching them.
    pub(crate) fn passes_over_object(&self, path: &Path) -> bool {
        let parts = parts(path);
        let other = |wanted: &[String], found: Option<&str>| {
            !wanted.is_empty() && found.is_some_and(|found| wanted.iter().all(|wanted| wanted != found))
        };
        other(&self.accounts, account(&parts)) || other(&self.regions, region(&parts)) || self.passes_over(path)
    }
}

/// The folders of `AWSLogs/[<organization>/]<account>/CloudTrail/<region>/yyyy/mm/dd/<file>`, as far as a path goes.
fn parts(path: &Path) -> Vec<&str> {
    path.iter().map(|part| part.to_str().unwrap_or_default()).collect()
}

/// What follows the last folder of this name.
fn behind<'a>(parts: &'a [&'a str], name: &str) -> Option<&'a [&'a str]> {
    let at = parts.iter().rposition(|part| *part == name)?;
    parts.get(at + 1..)
}

fn account<'a>(parts: &'a [&'a str]) -> Option<&'a str> {
    let behind = behind(parts, "AWSLogs")?;
    behind.iter().take(2).copied().find(|part| is_account(part))
}

fn region<'a>(parts: &'a [&'a str]) -> Option<&'a str> {
    behind(parts, "CloudTrail")?.first().copied()
}

/// The first and the last day of delivery, in days since 1970-01-01: of a year or a month, where a path ends there.
fn delivered(parts: &[&str]) -> Option<(i64, i64)> {
    let number = |part: Option<&&str>, count| part.and_then(|part| digits(part, count));
    let behind = behind(parts, "CloudTrail")?;
    let year = number(behind.get(1), 4)?;
    let Some(month) = number(behind.get(2), 2) else { return Some((day(year, 1, 1)?, day(year, 12, 31)?)) };
    let last = (28..=31).rev().find_map(|last| day(year, month, last))?;
    match number(behind.get(3), 2) {
        Some(of_month) => day(year, month, of_month).map(|day| (day, day)),
        None => Some((day(year, month, 1)?, last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::when;

    fn record(member: &str) -> String {
        format!(r#"{{"eventName":"CreateStream","eventSource":"kinesis.amazonaws.com",{member}}}"#)
    }

    #[test]
    fn records_are_chosen_by_what_they_say() {
        let filter = |since: &str, until: &str| Filter {
            since: when::since(since).ok(),
            until: when::until(until).ok(),
            ..Filter::default()
        };
        let wants = |filter: &Filter, member: &str| filter.wants(&Record::parse(&record(member)).unwrap());
        let noon = r#""eventTime":"2026-11-20T12:00:00Z""#;
        assert!(wants(&Filter::default(), noon));
        assert!(wants(&filter("2026-11-20", "2026-11-20"), noon));
        assert!(wants(&filter("2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z"), noon));
        assert!(!wants(&filter("2026-11-20T12:00:01Z", ""), noon));
        assert!(!wants(&filter("", "2026-11-19"), noon));
        assert!(wants(&filter("2026-11-20", "2026-11-20"), r#""eventTime":"at noon""#));

        let filter = Filter { accounts: vec!["111122223333".to_owned()], ..Filter::default() };
        assert!(wants(&filter, r#""recipientAccountId":"111122223333""#));
        assert!(wants(&filter, r#""userIdentity":{"accountId":"111122223333"}"#));
        assert!(!wants(&filter, r#""recipientAccountId":"444455556666""#));
        let filter = Filter { regions: vec!["eu-west-1".to_owned()], ..Filter::default() };
        assert!(wants(&filter, r#""awsRegion":"eu-west-1""#));
        assert!(!wants(&filter, r#""awsRegion":"eu-west-2""#));
    }

    #[test]
    fn files_are_passed_over_by_the_day_of_their_delivery() {
        let path = |day: &str| format!("a/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/{day}/log.json.gz");
        let filter = Filter {
            since: when::since("2026-11-10").ok(),
            until: when::until("2026-11-20T12:00:00Z").ok(),
            ..Filter::default()
        };
        for (day, want) in
            [("11/09", true), ("11/10", false), ("11/20", false), ("11/21", false), ("11/22", true), ("13/01", false)]
        {
            assert_eq!(filter.passes_over(Path::new(&path(day))), want, "{day}");
        }
        assert!(!filter.passes_over(Path::new("2020/01/01/log.json.gz")));
        for (folder, want) in
            [("2025/", true), ("2026/", false), ("2026/10/", true), ("2026/11/", false), ("2026/12/", true)]
        {
            let path = format!("s3://logs/AWSLogs/111122223333/CloudTrail/eu-west-1/{folder}");
            assert_eq!(filter.passes_over(Path::new(&path)), want, "{folder}");
        }
        assert!(!Filter::default().passes_over(Path::new(&path("11/09"))));
    }

    #[test]
    fn objects_are_passed_over_by_account_and_region_too() {
        let filter = Filter {
            accounts: vec!["111122223333".to_owned()],
            regions: vec!["eu-west-1".to_owned()],
            ..Filter::default()
        };
        for (path, want) in [
            ("s3://logs/", false),
            ("s3://logs/AWSLogs/", false),
            ("s3://logs/AWSLogs/o-a1b2c3d4e5/", false),
            ("s3://logs/AWSLogs/o-a1b2c3d4e5/111122223333/", false),
            ("s3://logs/AWSLogs/o-a1b2c3d4e5/444455556666/", true),
            ("s3://logs/AWSLogs/444455556666/", true),
            ("s3://logs/AWSLogs/111122223333/CloudTrail/", false),
            ("s3://logs/AWSLogs/111122223333/CloudTrail/eu-west-1/", false),
            ("s3://logs/AWSLogs/111122223333/CloudTrail/eu-west-2/2026/11/20/log.json.gz", true),
            ("s3://444455556666/log.json.gz", false),
        ] {
            assert_eq!(filter.passes_over_object(Path::new(path)), want, "{path}");
        }
        assert!(!filter.passes_over(Path::new("AWSLogs/444455556666/CloudTrail/eu-west-2/2026/11/20/log.json.gz")));
    }
}
