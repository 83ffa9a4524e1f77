//! The custom notification for Amazon Q Developer in chat applications, which subscribes over https.
//!
//! <https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html>

use serde_json::{Value, json};

use crate::language::{Language, Text, text};
use crate::output::{Reported, label};
use crate::util::text::{cut, plain};

/// The longest description.
pub(super) const DESCRIPTION: usize = 8_000;

/// The longest command. A longer one is left out, because nobody should run a part of one.
const COMMAND: usize = 1_000;

/// What a custom notification says. Text from outside is [`inert`] in it, but for account and Region.
#[derive(Debug)]
pub(super) struct Chat<'a> {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) next_steps: Vec<String>,
    /// Notifications with the same one are shown in one thread.
    pub(super) thread: String,
    pub(super) summary: String,
    pub(super) event_type: &'a str,
    pub(super) resources: Vec<String>,
    pub(super) severity: &'a str,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
}

/// A custom notification.
pub(super) fn custom(chat: Chat<'_>) -> Value {
    json!({
        "version": "1.0",
        "source": "custom",
        "id": chat.id,
        "content": {
            "textType": "client-markdown",
            "title": chat.title,
            "description": chat.description,
            "nextSteps": chat.next_steps,
        },
        "metadata": {
            "threadId": chat.thread,
            "summary": chat.summary,
            "eventType": chat.event_type,
            "relatedResources": chat.resources,
            "additionalContext": {
                "severity": chat.severity,
                "account": inert(chat.account, 64),
                "region": inert(chat.region, 64),
            },
        },
    })
}

/// The notification about the findings of one event.
pub(super) fn notification(reported: &[Reported<'_>], language: Language) -> Value {
    let Some(first) = reported.first().map(|one| one.finding) else { return Value::Null };
    let change = first.change;
    let links = first.links();
    let links = [(language.text("Resource"), links.resource), (language.text("Event"), links.event)];
    let links = links.iter().filter_map(|(name, link)| Some(format!("{name}: {}", link.as_deref().filter(is_short)?)));
    // space for the label and its markup, and for the links
    let room = ((DESCRIPTION - 2 * (LINK + 20)) / reported.len()).saturating_sub(20);
    let mut lines: Vec<String> = reported
        .iter()
        .map(|one| {
            let text = match (one.remark(), one.finding.detail()) {
                (Some(remark), detail) => text!("{remark}. {detail}", remark, detail),
                (None, detail) => detail,
            };
            format!("*{}* {}", label(one.finding).in_language(language), inert(&text.in_language(language), room))
        })
        .collect();
    lines.extend(links);
    let steps = reported.iter().filter_map(|one| one.finding.remediation());
    let resource = change.resource.arn.as_deref().unwrap_or(&change.resource.name);
    let (label, title) = (label(first), language.text(first.rule.title));
    custom(Chat {
        id: first.id(),
        title: cut(&format!("{} {title}", label.in_language(language)), 250),
        description: lines.join("\n"),
        next_steps: steps.flat_map(|remediation| commands(&remediation.cli, language)).take(5).collect(),
        thread: first.fingerprint(),
        summary: inert(&first.detail().in_language(language), 250),
        event_type: first.rule.id,
        resources: vec![inert(resource, 2_048)],
        severity: &label.to_lowercase(),
        account: change.scope.account,
        region: change.scope.region,
    })
}

/// The longest link. A longer one is left out: a part of one leads nowhere.
const LINK: usize = 256;

fn is_short(link: &&str) -> bool {
    link.len() <= LINK
}

/// The link that ends a line. It needs no markup: chat applications recognize it.
pub(super) fn link(link: Option<&str>) -> String {
    link.filter(is_short).map_or(String::new(), |link| format!(" {link}"))
}

/// A line about one of several findings.
pub(super) fn line(language: Language, label: &Text, text: &str, of: Option<&str>) -> String {
    format!("*{}* {}{}", label.in_language(language), inert(text, 500), link(of))
}

/// The line that says how many further findings there are.
pub(super) fn more(language: Language, count: usize) -> Option<String> {
    (count > 0).then(|| text!("{count} more", count).in_language(language).into_owned())
}

/// The commands of a remediation, each as code. Its comments are no steps.
pub(super) fn commands(cli: &str, language: Language) -> impl Iterator<Item = String> {
    let lines = cli.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(move |line| {
        // a backtick would end the code, and a quote in its place would end a quoted argument
        let code = entities(&plain(line).replace('`', "\u{fffd}"));
        match code.chars().nth(COMMAND) {
            None => format!("`{code}`"),
            Some(_) => language.text("The command is too long for this message.").to_owned(),
        }
    })
}

/// Text from outside that no chat application interprets, of at most `limit` characters. Markup characters become
/// similar ones. Underscores stay: names are full of them, and italics mislead nobody.
pub(super) fn inert(text: &str, limit: usize) -> String {
    let text: String = plain(&cut(text, limit))
        .chars()
        .map(|c| match c {
            '`' => '\'',
            '*' => '\u{2217}',
            '~' => '\u{223c}',
            '@' => '\u{ff20}',
            _ => c,
        })
        .collect();
    cut(&entities(&text.replace("](", "] (")), limit)
}

/// Escapes the characters that begin mentions and links: <https://docs.slack.dev/messaging/formatting-message-text>.
fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::{ORDINARY, Origin, violation, with_findings};

    fn notify(origin: &Origin<'_>, detail: &str, cli: &str) -> Value {
        with_findings(origin, vec![violation(detail, cli)], |findings| {
            notification(&Reported::all(findings), Language::English)
        })
    }

    #[test]
    fn markup_from_outside_stays_text() {
        let hostile =
            "<!channel> <https://evil.example|sign in> *RESOLVED* `x` ~y~ @here [a](https://evil.example) &lt;";
        let chat = notify(&Origin { trail: hostile, account: hostile, region: hostile, ..ORDINARY }, hostile, "c");
        let mut shown = vec![
            chat["content"]["description"].as_str().unwrap().strip_prefix("*HIGH* ").unwrap().lines().next().unwrap(),
        ];
        shown.extend(
            ["/metadata/summary", "/metadata/relatedResources/0"]
                .map(|path| chat.pointer(path).unwrap().as_str().unwrap()),
        );
        shown.extend(["account", "region"].map(|name| chat["metadata"]["additionalContext"][name].as_str().unwrap()));
        for text in shown {
            assert!(!text.contains(['<', '>', '*', '`', '~', '@']) && !text.contains("]("), "{text}");
        }
        let description = chat["content"]["description"].as_str().unwrap();
        assert!(description.contains("&lt;!channel&gt; &lt;https://evil.example|sign in&gt;"), "{description}");
        assert!(description.lines().next().unwrap().ends_with(" &amp;lt;"), "{description}");
    }

    #[test]
    fn a_description_has_room_for_its_links_whatever_is_described() {
        for count in [1, 7] {
            let details = vec![violation(&"x".repeat(2 * DESCRIPTION), "c"); count];
            let trail = "t".repeat(110); // a link of nearly the longest length
            let chat = with_findings(&Origin { trail: &trail, ..ORDINARY }, details, |findings| {
                notification(&Reported::all(findings), Language::English)
            });
            let description = chat["content"]["description"].as_str().unwrap();
            assert!(description.contains("\nResource: https://") && description.contains("\nEvent: https://"));
            let length = description.chars().count();
            assert!((DESCRIPTION - 400..=DESCRIPTION).contains(&length), "{count} findings: {length}");
        }
    }

    #[test]
    fn next_steps_are_commands_without_comments() {
        let cli = "# ssl.mode=require\n# <!channel>\naws kafkaconnect update-connector --name 'a`b<!here>'\n\naws kms x && aws kms y";
        let steps = &notify(&ORDINARY, "d", cli)["content"]["nextSteps"];
        let commands = [
            "`aws kafkaconnect update-connector --name 'a\u{fffd}b&lt;!here&gt;'`",
            "`aws kms x &amp;&amp; aws kms y`",
        ];
        assert_eq!(*steps, json!(commands));
    }

    #[test]
    fn no_part_of_a_long_command_is_shown() {
        let steps = &notify(&ORDINARY, "d", &format!("aws {}", "x".repeat(COMMAND)))["content"]["nextSteps"];
        assert_eq!(*steps, json!(["The command is too long for this message."]));
    }
}
