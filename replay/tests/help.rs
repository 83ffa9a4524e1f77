//! `-h`, `--help`, completions and man pages with the real binary: short or with examples, and complete.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::process::{Command, Output, Stdio};

/// Every command, as it is called.
const COMMANDS: [&[&str]; 13] = [
    &[],
    &["replay"],
    &["extract"],
    &["scan"],
    &["policy"],
    &["rules"],
    &["explain"],
    &["doctor"],
    &["findings"],
    &["findings", "show"],
    &["findings", "accept"],
    &["completions"],
    &["man"],
];

fn sealwatch(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sealwatch"))
        .args(arguments)
        .env("COLUMNS", "80")
        .env_remove("AWS_PROFILE")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[track_caller]
fn printed(command: &[&str], option: &str) -> String {
    let output = sealwatch(&[command, &[option]].concat());
    assert_eq!(output.status.code(), Some(0), "{command:?} {option}");
    String::from_utf8(output.stdout).unwrap()
}

/// The subcommands that the help of a command lists.
fn subcommands(help: &str) -> Vec<String> {
    let list = help.split("Commands:\n").nth(1).unwrap_or_default();
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ").filter(|name| !name.starts_with(' ')));
    names.filter_map(|line| line.split(' ').next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn the_table_of_these_tests_has_every_command() {
    let mut found = vec![String::new()];
    for name in subcommands(&printed(&[], "-h")) {
        let below = subcommands(&printed(&[&name], "-h"));
        found.push(name.clone());
        found.extend(below.iter().map(|below| format!("{name} {below}")));
    }
    assert_eq!(found, COMMANDS.map(|words| words.join(" ")));
}

#[test]
fn the_short_help_fits_on_a_screen() {
    for command in COMMANDS {
        let help = printed(command, "-h");
        let lines = help.lines().count();
        assert!(lines <= 45, "{command:?}: {lines} lines\n{help}");
        assert!(!help.contains("Examples:"), "{command:?}");
        let wide = help.lines().find(|line| line.chars().count() > 100);
        assert_eq!(wide, None, "{command:?}");
    }
}

#[test]
fn the_long_help_ends_with_examples_that_parse() {
    for command in COMMANDS {
        let help = printed(command, "--help");
        let (_, examples) =
            help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{command:?}: no examples\n{help}"));
        let lines: Vec<&str> = examples.lines().take_while(|line| !line.is_empty()).collect();
        assert!(!lines.is_empty(), "{command:?}");
        for line in lines {
            assert!(line.chars().count() <= 80, "{line}");
            let Some((_, call)) = line.split_once("sealwatch ").filter(|_| !line.starts_with("  # ")) else { continue };
            let call = call.split(['|', '>']).next().unwrap(); // where its output goes
            let words: Vec<String> =
                call.split('\'').enumerate().flat_map(|(index, part)| words(index, part)).collect();
            let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
            // what is wrong before `--help` is an error
            words.push("--help");
            let output = sealwatch(&words);
            assert_eq!(output.status.code(), Some(0), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

/// The words of a part of a command line: every second part is in quotes.
fn words(index: usize, part: &str) -> Vec<String> {
    if index % 2 == 1 { vec![part.to_owned()] } else { part.split_whitespace().map(str::to_owned).collect() }
}

#[test]
fn completions_know_every_command_and_option() {
    for shell in ["bash", "zsh", "fish"] {
        let output = sealwatch(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        let script = String::from_utf8(output.stdout).unwrap();
        for word in COMMANDS.concat() {
            assert!(script.contains(word), "{shell}: {word}");
        }
        for option in ["min-severity", "print-policy", "exit-zero", "sarif"] {
            assert!(script.contains(option), "{shell}: {option}");
        }
    }
    let bash = String::from_utf8(sealwatch(&["completions", "bash"]).stdout).unwrap();
    let checked = Command::new("bash").args(["-n", "-c", &bash]).status();
    assert!(checked.is_ok_and(|status| status.success()), "bash cannot parse its completions");
}

#[test]
fn there_is_a_man_page_for_every_command() {
    let folder = std::env::temp_dir().join(format!("sealwatch-man-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let output = sealwatch(&["man", folder.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let mut pages: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    let mut expected: Vec<String> =
        COMMANDS.iter().map(|words| format!("{}.1", [&["sealwatch"], *words].concat().join("-"))).collect();
    pages.sort();
    expected.sort();
    assert_eq!(pages, expected);
    let page = std::fs::read_to_string(folder.join("sealwatch-replay.1")).unwrap();
    assert!(page.contains("Examples:") && page.contains("lookup\\-events"), "{page}");
    drop(std::fs::remove_dir_all(&folder));

    let output = sealwatch(&["man", folder.to_str().unwrap()]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        message.contains("cannot write the man pages into") && message.contains("name a folder that exists"),
        "{message}"
    );
}
