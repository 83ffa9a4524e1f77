//! Which records are wanted: by time, account and Region.

use std::path::Path;

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

    /// True where no record of a file can be in time, as its path tells.
    ///
    /// CloudTrail puts a file under the day of its delivery, so that an event may be of the day
    /// before, but never of a later one.
    pub(crate) fn passes_over(&self, path: &Path) -> bool {
        let Some(day) = delivered(path) else { return false };
        let (first, last) = ((day - 1) * DAY, (day + 1) * DAY - 1);
        self.since.is_some_and(|since| last < since) || self.until.is_some_and(|until| until < first)
    }
}

/// The day in `AWSLogs/…/CloudTrail/<region>/yyyy/mm/dd/<file>`, in days since 1970-01-01.
fn delivered(path: &Path) -> Option<i64> {
    let parts: Vec<&str> = path.iter().rev().take(6).map(|part| part.to_str().unwrap_or_default()).collect();
    match parts[..] {
        [_, of_month, month, year, _, "CloudTrail"] => day(digits(year, 4)?, digits(month, 2)?, digits(of_month, 2)?),
        _ => None,
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
        assert!(!Filter::default().passes_over(Path::new(&path("11/09"))));
    }
}
