//! The examples at the end of each `--help`, for 80 columns. `replay/tests/help.rs` parses every one of them.

pub(super) const ALL: &str = "\
Examples:
  # what did these CloudTrail log files record?
  sealwatch replay AWSLogs/
  # what is wrong in the account today?
  sealwatch scan --region eu-west-1
  # is this key policy safe to apply?
  sealwatch policy --account 111122223333 policy.json
  # what does this rule mean?
  sealwatch explain kms-key-deleted

`sealwatch COMMAND --help` shows all options of a command, with examples.";

pub(super) const REPLAY: &str = "\
Examples:
  # one event, as EventBridge sends it or as CloudTrail shows it
  sealwatch replay event.json
  # what a trail delivered this month
  sealwatch replay --since 2026-11-01 AWSLogs/
  # from S3; ask AWS what the records do not contain
  sealwatch replay --live s3://bucket/AWSLogs
  # offline, with saved output of `aws kms describe-key` and others
  sealwatch replay --facts facts/ archive/
  # for code review tools
  sealwatch replay --format sarif events > out.sarif
  # the event history of CloudTrail
  aws cloudtrail lookup-events | sealwatch replay -";

pub(super) const EXTRACT: &str = "\
Examples:
  # what a replay needs, in one file; then replay it
  sealwatch extract -o month.gz AWSLogs/
  sealwatch replay month.gz
  # what would it cost to do that in AWS?
  sealwatch extract --dry-run s3://bucket/AWSLogs
  # in parts, on several machines
  sealwatch extract --plan parts s3://bucket/AWSLogs
  sealwatch extract -o 000001.gz --keys parts/000001.keys
  sealwatch replay parts/search.gz 000001.gz 000002.gz";

pub(super) const SCAN: &str = "\
Examples:
  # one Region of the account of the credentials
  sealwatch scan --region eu-west-1
  # what is urgent, everywhere
  sealwatch scan --all-regions --min-severity high
  # all accounts of the organization
  sealwatch scan --organization --role Audit
  # the IAM policy that a scan needs
  sealwatch scan --print-policy";

pub(super) const POLICY: &str = "\
Examples:
  # a policy document, or the output of `aws kms get-key-policy`
  sealwatch policy --account 111122223333 policy.json
  # every key policy in a plan
  terraform show -json plan.out | sealwatch policy -
  # every key policy in a CloudFormation template, for code review tools
  sealwatch policy --format sarif template.json > out.sarif";

pub(super) const RULES: &str = "\
Examples:
  # every rule with its severity
  sealwatch rules
  # the ids alone
  sealwatch rules --format json | jq -r .id
  # what the settings accept, why and until when
  sealwatch rules --exceptions --settings sealwatch.toml";

pub(super) const EXPLAIN: &str = "\
Examples:
  # what it detects, why it matters, how to fix it
  sealwatch explain kms-key-deleted
  # the same in Japanese, and for programs
  sealwatch explain --language ja kms-key-deleted
  sealwatch explain --format json kms-key-deleted";

pub(super) const DOCTOR: &str = "\
Examples:
  # the stack `sealwatch` of this Region
  sealwatch doctor --region eu-west-1
  # another stack, with a profile of the AWS CLI
  sealwatch doctor --stack audit --profile security
  # the IAM policy that the checks need
  sealwatch doctor --print-policy";

pub(super) const FINDINGS: &str = "\
Examples:
  # what is open now
  sealwatch findings
  # what was opened or resolved since that day
  sealwatch findings --all --since 2026-11-20
  # a page for a ticket or an auditor
  sealwatch findings --format html > findings.html
  # all about one finding, and its history
  sealwatch findings show 9b692f77
  # the exception to paste into the settings
  sealwatch findings accept 9b692f77 --reason 'sandbox data only'";

pub(super) const SHOW: &str = "\
Examples:
  # the first eight digits of its fingerprint are enough
  sealwatch findings show 9b692f77";

pub(super) const ACCEPT: &str = "\
Examples:
  sealwatch findings accept 9b692f77 --reason 'sandbox data only'
  # until a day, which is included
  sealwatch findings accept 9b692f77 --reason 'migrating' --until 2027-03-31";

pub(super) const COMPLETIONS: &str = "\
Examples:
  # for bash-completion 2; start a new shell afterwards
  sealwatch completions bash > \\
    ~/.local/share/bash-completion/completions/sealwatch
  # into a folder of your $fpath
  sealwatch completions zsh > ~/.zfunc/_sealwatch
  sealwatch completions fish > ~/.config/fish/completions/sealwatch.fish";

pub(super) const MAN: &str = "\
Examples:
  # then `man sealwatch-replay` works
  sealwatch man ~/.local/share/man/man1";
