//! `docs/doctor.md` lists the checks. After a change: `UPDATE_DOCS=1 cargo test -p sealwatch doctor`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::doctor::checks::CHECKS;
use crate::doctor::generated::assert_current;
use crate::doctor::policy::policy;

/// What follows this line is written from the table.
const MARK: &str = "<!-- Written from replay/src/doctor/checks: change those files. -->\n";

/// A text of the table, with its placeholders in capitals.
fn text(text: &str) -> String {
    let mut written = String::new();
    for (index, part) in text.split('{').enumerate() {
        match part.split_once('}') {
            Some((name, rest)) if index > 0 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') => {
                let _ = write!(written, "{}{rest}", name.to_uppercase());
            }
            _ if index > 0 => written += &format!("{{{part}"),
            _ => written += part,
        }
    }
    written.replace('|', "\\|")
}

fn table() -> String {
    let mut written = String::new();
    for check in CHECKS {
        let calls: Vec<String> = check.calls.iter().map(|call| format!("`{}`", call.action)).collect();
        let _ = write!(
            written,
            "\n## {}\n\n{} It asks {}.\n\n| Fault | What is wrong | What follows | What to do |\n| --- | --- | --- | --- |\n",
            check.name,
            check.question,
            calls.join(", "),
        );
        for fault in check.faults {
            let fix = text(fault.fix);
            let is_command = fix.starts_with("aws ") || fix.starts_with("infra/");
            let fix = if is_command { format!("`{fix}`") } else { fix };
            let _ = writeln!(written, "| `{}` | {} | {} | {fix} |", fault.id, text(fault.wrong), text(fault.follows));
        }
    }
    let policy = format!("{:#}", policy("sealwatch", None));
    let _ = write!(
        written,
        "\n## Permissions\n\n`sealwatch doctor --print-policy` prints this policy:\n\n```json\n{policy}\n```\n"
    );
    written
}

#[test]
fn the_page_lists_the_checks() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/doctor.md");
    let page = fs::read_to_string(&path).unwrap_or_default();
    let (written_by_hand, _) = page.split_once(MARK).unwrap_or((&page, ""));
    assert_current(
        &path,
        &format!("{written_by_hand}{MARK}{}", table()),
        "UPDATE_DOCS=1 cargo test -p sealwatch doctor",
    );
}
