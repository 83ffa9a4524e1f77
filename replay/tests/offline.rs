//! The command line without the feature `aws`: `cargo test -p sealwatch --no-default-features --test offline`.
#![cfg(not(feature = "aws"))]

use std::process::{Command, Output};

fn sealwatch(arguments: &[&str]) -> Output {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../events");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealwatch"));
    command.args(arguments).current_dir(samples).output().expect("sealwatch runs")
}

#[test]
fn samples_are_evaluated() {
    let output = sealwatch(&["replay", "--exit-zero", "."]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains(" violations: ") && text.contains(" 0 unreadable"), "{text}");
}

#[test]
fn what_calls_aws_says_how_to_get_it() {
    let topic = "arn:aws:sns:eu-west-1:111122223333:alerts";
    let calls: [(&[&str], &str); 6] = [
        (&["scan", "--region", "eu-west-1"], "this command"),
        (&["doctor"], "this command"),
        (&["findings"], "this command"),
        (&["replay", "--live", "."], "`--live`"),
        (&["replay", "--publish", topic, "."], "`--publish`"),
        (&["replay", "s3://bucket/AWSLogs"], "reading from S3"),
    ];
    for (arguments, what) in calls {
        let output = sealwatch(arguments);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        let wanted = format!(
            "{what} calls AWS, and this program was built without that: build it without `--no-default-features`"
        );
        assert!(message.contains(&wanted), "{arguments:?}: {message}");
    }
}
