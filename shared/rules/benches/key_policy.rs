//! Parses and analyzes one key policy.
//!
//! Run with `cargo bench -p sealwatch-rules --bench key_policy`. The budgets: 10 µs for the default policy and 1 ms for
//! 32 KB. The time must grow linearly with the length of the text for any policy that an attacker can write.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark")]

#[path = "../tests/key_policy/multiplying.rs"]
mod multiplying;

use divan::Bencher;
use divan::counter::BytesCount;
use sealwatch_rules::key_policy::{Owner, Policy, Trust, analyze};

fn main() {
    divan::main();
}

const ACCOUNT: &str = "111122223333";

fn bench(bencher: Bencher<'_, '_>, text: &str) {
    let owner = Owner {
        account: ACCOUNT.to_owned(),
        region: "eu-west-1".to_owned(),
        partition: "aws".to_owned(),
        resource: None,
    };
    let trust = Trust::default();
    bencher
        .counter(BytesCount::of_str(text))
        .bench(|| analyze(&Policy::parse(divan::black_box(text)).unwrap(), &owner, &trust).foreign.len());
}

fn policy(statements: impl Iterator<Item = String>) -> String {
    let root = format!(
        r#"{{"Sid":"Account","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}},"Action":"kms:*","Resource":"*"}}"#
    );
    let all: Vec<String> = std::iter::once(root).chain(statements).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, all.join(","))
}

/// The default policy, which most keys have.
#[divan::bench]
fn default_policy(bencher: Bencher<'_, '_>) {
    bench(bencher, &policy(std::iter::empty()));
}

/// A typical policy with one statement for each application.
fn applications(count: usize) -> String {
    policy((0..count).map(|n| {
        format!(
            r#"{{"Sid":"App{n}","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:role/app-{n}"}},"Action":["kms:Decrypt","kms:DescribeKey","kms:GenerateDataKey*"],"Resource":"*"}}"#
        )
    }))
}

#[divan::bench(args = [1, 10, 50, 100, 250, 500])]
fn statements(bencher: Bencher<'_, '_>, count: usize) {
    bench(bencher, &applications(count));
}

/// 32 KB, the documented maximum size of a key policy.
#[divan::bench]
fn largest_policy(bencher: Bencher<'_, '_>) {
    let text = applications(186);
    assert!((32_000..33_500).contains(&text.len()), "{}", text.len());
    bench(bencher, &text);
}

/// Each Deny can overlap each Allow.
#[divan::bench(args = [1, 10, 100, 500])]
fn denies_and_allows(bencher: Bencher<'_, '_>, count: usize) {
    let text = policy((0..count).flat_map(|n| {
        [
            format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"*"}},"Action":"kms:*","Resource":"*","Condition":{{"StringEquals":{{"kms:CallerAccount":["{n:012}"]}}}}}}"#),
            format!(r#"{{"Effect":"Deny","Principal":"*","Action":"kms:{}","Resource":"*","Condition":{{"StringNotEquals":{{"aws:PrincipalOrgID":"o-{n:010}"}},"Bool":{{"aws:PrincipalIsAWSService":"false"}}}}}}"#, ["*", "Decrypt", "Enc*", "Get*", "List*"].get(n % 5).unwrap()),
        ]
    }));
    bench(bencher, &text);
}

/// Many statements for everyone, and one Deny with many exempt accounts.
#[divan::bench(args = [1, 10, 100, 500])]
fn open_statements_and_a_long_deny(bencher: Bencher<'_, '_>, count: usize) {
    let accounts: Vec<String> = (0..8 * count).map(|n| format!("\"{n:012}\"")).collect();
    let deny = format!(
        r#"{{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{{"StringNotEquals":{{"aws:PrincipalAccount":[{}]}}}}}}"#,
        accounts.join(",")
    );
    let open =
        (0..count).map(|_| r#"{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"}"#.to_owned());
    bench(bencher, &policy(open.chain(std::iter::once(deny))));
}

/// Policies in which one part multiplies another, of 1, 8 and 32 kB.
#[divan::bench(args = multiplying::SHAPES, consts = [1 << 10, 1 << 13, 1 << 15])]
fn multiplied<const BYTES: usize>(bencher: Bencher<'_, '_>, shape: multiplying::Shape) {
    bench(bencher, &multiplying::policy(shape, BYTES));
}

/// Patterns with exponential run time in a naive matcher.
#[divan::bench(args = [1, 10, 100, 500])]
fn patterns(bencher: Bencher<'_, '_>, count: usize) {
    let actions: Vec<String> = (0..count).map(|n| format!(r#""kms:*e*?*e*t{}*""#, n % 10)).collect();
    let text = format!(
        r#"{{"Effect":"Allow","Principal":"*","Action":[{}],"Resource":"{}x"}}"#,
        actions.join(","),
        "*?".repeat(count)
    );
    bench(bencher, &policy(std::iter::once(text)));
}
