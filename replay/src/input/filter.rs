//! Which records are selected: by time, account and Region.

use std::fmt;
use std::path::Path;

use sealwatch_rules::aws::account::is_account;
use sealwatch_rules::aws::partition::is_region;
use sealwatch_rules::cloudtrail::record::Record;
use sealwatch_rules::util::time::{DAY, Seconds, day, digits, time, written};

/// The selection of the user. An empty filter selects everything.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) since: Option<Seconds>,
    pub(crate) until: Option<Seconds>,
    pub(crate) accounts: Vec<String>,
    pub(crate) regions: Vec<String>,
}

impl Filter {
    /// True if a record is selected. A record without a time always is in time: leaving it out could hide a violation.
    pub(crate) fn selects(&self, record: &Record<'_>) -> bool {
        let in_time = || match time(&record.event_time()) {
            Some(time) => self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time <= until),
            None => true,
        };
        let timed = (self.since.is_none() && self.until.is_none()) || in_time();
        let in_region = self.regions.is_empty() || self.regions.iter().any(|region| *region == record.region());
        timed && in_region && self.selects_account(record)
    }

    /// True if a record that is not selected may still show what the selected ones are about: it is from the time between a
    /// day before `since` and a day after `until`. More would depend on what the folders are called: those of a trail are
    /// skipped by their days.
    pub(crate) fn is_context(&self, record: &Record<'_>) -> bool {
        let (since, until) = self.context();
        (since.is_none() && until.is_none())
            || time(&record.event_time())
                .is_none_or(|time| since.is_none_or(|since| since <= time) && until.is_none_or(|until| time <= until))
    }

    /// The first and the last time of records that may be context.
    fn context(&self) -> (Option<Seconds>, Option<Seconds>) {
        (self.since.map(|since| since.saturating_sub(DAY)), self.until.map(|until| until.saturating_add(DAY)))
    }

    /// An unreadable record is selected, so that evaluating it reports the error.
    fn selects_account(&self, record: &Record<'_>) -> bool {
        self.accounts.is_empty()
            || record.payload().map_or(true, |payload| self.accounts.iter().any(|account| *account == payload.account))
    }

    /// True if it selects everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.since.is_none() && self.until.is_none() && self.accounts.is_empty() && self.regions.is_empty()
    }

    /// True if the path of a file or folder shows that no record in it can be in time, or be context.
    ///
    /// CloudTrail stores a file under the day of its delivery, so a record may be from the day before, but never from a
    /// later day.
    pub(crate) fn skips(&self, path: &Path) -> bool {
        let parts = parts(path);
        let Some((first, last)) = layout(&parts).and_then(|layout| layout.delivery_days()) else { return false };
        let (first, last) = ((first - 1) * DAY, (last + 1) * DAY - 1);
        let (since, until) = self.context();
        since.is_some_and(|since| last < since) || until.is_some_and(|until| until < first)
    }

    /// True if objects below a prefix in S3 may be skipped by the names of the next folders. Below a folder that has not the
    /// name that a trail gives it, they mean nothing.
    pub(crate) fn may_skip_below(&self, prefix: &Path) -> bool {
        let parts = parts(prefix);
        let is_folder = prefix.to_str().is_some_and(|prefix| prefix.ends_with('/'));
        // what the last name begins with says nothing
        let folders = parts.get(..parts.len() - usize::from(!is_folder && !parts.is_empty())).unwrap_or_default();
        let Some(at) = folders.iter().rposition(|part| *part == "AWSLogs") else { return false };
        let by_time = self.since.is_some() || self.until.is_some();
        let Some(layout) = layout(folders) else {
            let is_above_accounts = match folders.get(at + 1..) {
                Some([]) => true,
                Some([organization]) => organization.starts_with("o-"),
                _ => false,
            };
            return is_above_accounts && !self.is_empty();
        };
        let is_day = layout.rest.len() >= 3;
        match layout.region {
            Some(_) => by_time && !is_day && (layout.rest.is_empty() || layout.delivery_days().is_some()),
            None => {
                let is_above_regions =
                    is_account(folders.last().unwrap_or(&"")) || folders.last() == Some(&"CloudTrail");
                is_above_regions && (by_time || !self.regions.is_empty())
            }
        }
    }

    /// Like [`Filter::skips`], but also by account and Region. For objects that must be fetched, saving the download is
    /// worth more than what the records of other accounts add to the timelines of keys.
    pub(crate) fn skips_object(&self, path: &Path) -> bool {
        let parts = parts(path);
        let Some(layout) = layout(&parts) else { return false };
        let excludes = |selected: &[String], found: Option<&str>| {
            !selected.is_empty() && found.is_some_and(|found| selected.iter().all(|selected| selected != found))
        };
        excludes(&self.accounts, Some(layout.account)) || excludes(&self.regions, layout.region) || self.skips(path)
    }
}

/// The selection as it is written on the command line.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = [("--since", self.since), ("--until", self.until)];
        let times = times.into_iter().filter_map(|(option, at)| Some((option, written(at?))));
        let accounts = self.accounts.iter().map(|account| ("--account", account.clone()));
        let regions = self.regions.iter().map(|region| ("--region", region.clone()));
        let options = times.chain(accounts).chain(regions).map(|(option, value)| format!("{option} {value}"));
        f.write_str(&options.collect::<Vec<_>>().join(" "))
    }
}

/// A path such as `AWSLogs/[<organization>/]<account>/CloudTrail/<region>/yyyy/mm/dd/<file>`, which may end earlier.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html>
struct Layout<'a> {
    account: &'a str,
    region: Option<&'a str>,
    /// What follows the Region.
    rest: &'a [&'a str],
}

fn parts(path: &Path) -> Vec<&str> {
    path.iter().map(|part| part.to_str().unwrap_or_default()).collect()
}

/// `None` if the folders do not have the names that a trail gives them: other names mean nothing.
fn layout<'a>(parts: &'a [&'a str]) -> Option<Layout<'a>> {
    let at = parts.iter().rposition(|part| *part == "AWSLogs")?;
    let (account, rest) = match parts.get(at + 1..)? {
        [account, rest @ ..] if is_account(account) => (account, rest),
        [organization, account, rest @ ..] if organization.starts_with("o-") && is_account(account) => (account, rest),
        _ => return None,
    };
    match rest {
        ["CloudTrail", region, rest @ ..] if is_region(region) => Some(Layout { account, region: Some(region), rest }),
        _ => Some(Layout { account, region: None, rest: &[] }),
    }
}

impl Layout<'_> {
    /// The first and the last day of delivery, in days since 1970-01-01. A path may end at the year or the month.
    fn delivery_days(&self) -> Option<(i64, i64)> {
        let number = |part: Option<&&str>, count| part.and_then(|part| digits(part, count));
        let year = number(self.rest.first(), 4)?;
        let Some(month) = self.rest.get(1) else { return Some((day(year, 1, 1)?, day(year, 12, 31)?)) };
        let month = digits(month, 2)?;
        let last = (28..=31).rev().find_map(|last| day(year, month, last))?;
        match self.rest.get(2) {
            Some(of_month) => day(year, month, digits(of_month, 2)?).map(|day| (day, day)),
            None => Some((day(year, month, 1)?, last)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time_args;

    fn record(member: &str) -> String {
        format!(r#"{{"eventName":"CreateStream","eventSource":"kinesis.amazonaws.com",{member}}}"#)
    }

    #[test]
    fn records_are_selected_by_time_account_and_region() {
        let filter = |since: &str, until: &str| Filter {
            since: time_args::since(since).ok(),
            until: time_args::until(until).ok(),
            ..Filter::default()
        };
        let selects = |filter: &Filter, member: &str| filter.selects(&Record::parse(&record(member)).unwrap());
        let noon = r#""eventTime":"2026-11-20T12:00:00Z""#;
        assert!(selects(&Filter::default(), noon));
        assert!(selects(&filter("2026-11-20", "2026-11-20"), noon));
        assert!(selects(&filter("2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z"), noon));
        assert!(!selects(&filter("2026-11-20T12:00:01Z", ""), noon));
        assert!(!selects(&filter("", "2026-11-19"), noon));
        assert!(selects(&filter("2026-11-20", "2026-11-20"), r#""eventTime":"at noon""#));

        let is_context = |filter: &Filter, member: &str| filter.is_context(&Record::parse(&record(member)).unwrap());
        for (since, until, want) in [
            ("", "", true),
            ("2026-11-21T12:00:00Z", "", true),
            ("2026-11-21T12:00:01Z", "", false),
            ("", "2026-11-19T12:00:00Z", true),
            ("", "2026-11-19T11:59:59Z", false),
        ] {
            assert_eq!(is_context(&filter(since, until), noon), want, "{since} {until}");
            assert!(is_context(&filter(since, until), r#""eventTime":"at noon""#));
        }

        let filter = Filter { accounts: vec!["111122223333".to_owned()], ..Filter::default() };
        assert!(selects(&filter, r#""recipientAccountId":"111122223333""#));
        assert!(selects(&filter, r#""userIdentity":{"accountId":"111122223333"}"#));
        assert!(!selects(&filter, r#""recipientAccountId":"444455556666""#));
        let filter = Filter { regions: vec!["eu-west-1".to_owned()], ..Filter::default() };
        assert!(selects(&filter, r#""awsRegion":"eu-west-1""#));
        assert!(!selects(&filter, r#""awsRegion":"eu-west-2""#));
    }

    #[test]
    fn files_are_skipped_by_the_day_of_their_delivery() {
        let path = |day: &str| format!("a/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/{day}/log.json.gz");
        let filter = Filter {
            since: time_args::since("2026-11-10").ok(),
            until: time_args::until("2026-11-20T12:00:00Z").ok(),
            ..Filter::default()
        };
        for (day, want) in
            [("11/08", true), ("11/09", false), ("11/20", false), ("11/22", false), ("11/23", true), ("13/01", false)]
        {
            assert_eq!(filter.skips(Path::new(&path(day))), want, "{day}");
        }
        for other in [
            "2020/01/01/log.json.gz",
            "CloudTrail/eu-west-1/2020/01/01/log.json.gz",
            "copies/CloudTrail/old/2020/01/01/log.json.gz",
            "AWSLogs/team/CloudTrail/eu-west-1/2020/01/01/log.json.gz",
            "AWSLogs/111122223333/CloudTrail/mine/2020/01/01/log.json.gz",
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2020/incident/log.json.gz",
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2020/01/first/log.json.gz",
        ] {
            assert!(!filter.skips(Path::new(other)), "{other}");
        }
        for (folder, want) in
            [("2025/", true), ("2026/", false), ("2026/10/", true), ("2026/11/", false), ("2026/12/", true)]
        {
            let path = format!("s3://logs/AWSLogs/111122223333/CloudTrail/eu-west-1/{folder}");
            assert_eq!(filter.skips(Path::new(&path)), want, "{folder}");
        }
        assert!(!Filter::default().skips(Path::new(&path("11/08"))));
    }

    #[test]
    fn folders_matter_only_where_a_filter_can_skip_one() {
        let by_account = Filter { accounts: vec!["111122223333".to_owned()], ..Filter::default() };
        let by_region = Filter { regions: vec!["eu-west-1".to_owned()], ..Filter::default() };
        let by_time = Filter { since: time_args::since("2026-11-10").ok(), ..Filter::default() };
        let account = "s3://logs/AWSLogs/111122223333/";
        for (prefix, account, region, time) in [
            ("s3://logs/".to_owned(), false, false, false),
            ("s3://logs/AWSL".to_owned(), false, false, false),
            ("s3://logs/AWSLogs".to_owned(), false, false, false),
            ("s3://logs/2026/11/".to_owned(), false, false, false),
            ("s3://logs/a/AWSLogs/".to_owned(), true, true, true),
            ("s3://logs/AWSLogs/11".to_owned(), true, true, true),
            ("s3://logs/AWSLogs/o-a1b2c3d4e5/".to_owned(), true, true, true),
            ("s3://logs/AWSLogs/team/".to_owned(), false, false, false),
            ("s3://logs/AWSLogs/o-a1b2c3d4e5/team/".to_owned(), false, false, false),
            (account.to_owned(), false, true, true),
            (format!("{account}CloudTrail/"), false, true, true),
            (format!("{account}CloudTrail/eu-w"), false, true, true),
            (format!("{account}elasticloadbalancing/"), false, false, false),
            (format!("{account}elasticloadbalancing/eu-west-1/"), false, false, false),
            (format!("{account}CloudTrail/eu-west-1/"), false, false, true),
            (format!("{account}CloudTrail/eu-west-1/2026/"), false, false, true),
            (format!("{account}CloudTrail/eu-west-1/2026/11/"), false, false, true),
            (format!("{account}CloudTrail/eu-west-1/2026/11/20/"), false, false, false),
            (format!("{account}CloudTrail/eu-west-1/incident/"), false, false, false),
        ] {
            let may_skip = |filter: &Filter| filter.may_skip_below(Path::new(&prefix));
            assert_eq!(
                [may_skip(&by_account), may_skip(&by_region), may_skip(&by_time)],
                [account, region, time],
                "{prefix}"
            );
            assert!(!may_skip(&Filter::default()), "{prefix}");
        }
    }

    #[test]
    fn objects_are_also_skipped_by_account_and_region() {
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
            ("s3://logs/AWSLogs/team/444455556666/", false),
            ("s3://logs/AWSLogs/o-a1b2c3d4e5/444455556666/", true),
            ("s3://logs/AWSLogs/444455556666/", true),
            ("s3://logs/AWSLogs/111122223333/CloudTrail/", false),
            ("s3://logs/AWSLogs/111122223333/CloudTrail/eu-west-1/", false),
            ("s3://logs/AWSLogs/111122223333/CloudTrail/eu-west-2/2026/11/20/log.json.gz", true),
            ("s3://444455556666/log.json.gz", false),
        ] {
            assert_eq!(filter.skips_object(Path::new(path)), want, "{path}");
        }
        assert!(!filter.skips(Path::new("AWSLogs/444455556666/CloudTrail/eu-west-2/2026/11/20/log.json.gz")));
    }
}
