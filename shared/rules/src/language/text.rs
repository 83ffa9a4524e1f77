//! A text that knows how it was composed, so that it can be said in another language.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::{Serialize, Serializer};

use crate::language::languages::Language;
use crate::util::text::{Printable, cut};

/// A text for people. It reads as its English text everywhere a `&str` is expected, also in JSON;
/// [`in_language`](Text::in_language) says it in another one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    english: Printable,
    /// What it was composed from; `None` for a list, and for what is the same in all languages, such as a name.
    template: Option<&'static str>,
    /// What fills the placeholders, or the parts of a list.
    arguments: Vec<(&'static str, Text)>,
}

/// Composes a [`Text`] as `format!` does. A placeholder is a name. Its value is the variable with this name, or is given
/// behind it: `text!("{count} of `{name}`", count = list.len(), name)`. A value that is a [`Text`] is translated, too.
#[macro_export]
#[doc(hidden)]
macro_rules! __text {
    ($template:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::language::Text::compose(
            $template,
            &[$((stringify!($name), &$crate::language::text!(@value $name $(, $value)?) as &dyn $crate::language::Argument)),*],
        )
    };
    (@value $name:ident) => { $name };
    (@value $name:ident, $value:expr) => { $value };
}

#[doc(inline)]
pub use __text as text;

/// What fills a placeholder. It is borrowed: hundreds of calls of `text!` then have nothing to clean up when they panic, which
/// makes a function smaller.
pub trait Argument {
    /// What it says.
    fn to_text(&self) -> Text;
}

impl<T: Argument + ?Sized> Argument for &T {
    fn to_text(&self) -> Text {
        (**self).to_text()
    }
}

/// What is the same in all languages: names, numbers, values of settings.
impl Argument for str {
    fn to_text(&self) -> Text {
        self.into()
    }
}

impl Argument for String {
    fn to_text(&self) -> Text {
        self.as_str().into()
    }
}

impl Argument for Cow<'_, str> {
    fn to_text(&self) -> Text {
        self.as_ref().into()
    }
}

impl Argument for Printable {
    fn to_text(&self) -> Text {
        self.clone().into()
    }
}

impl Argument for Text {
    fn to_text(&self) -> Text {
        self.clone()
    }
}

impl Argument for usize {
    fn to_text(&self) -> Text {
        self.to_string().into()
    }
}

impl Argument for u64 {
    fn to_text(&self) -> Text {
        self.to_string().into()
    }
}

impl Argument for i64 {
    fn to_text(&self) -> Text {
        self.to_string().into()
    }
}

impl Text {
    /// A text of the program without placeholders.
    pub const fn literal(text: &'static str) -> Text {
        Text { english: Printable::literal(text), template: Some(text), arguments: Vec::new() }
    }

    /// A template with its placeholders filled: see `text!`.
    #[inline(never)]
    pub fn compose(template: &'static str, arguments: &[(&'static str, &dyn Argument)]) -> Text {
        if arguments.is_empty() {
            return Text::literal(template);
        }
        let arguments: Vec<_> = arguments.iter().map(|(name, argument)| (*name, argument.to_text())).collect();
        Text { english: fill(template, &arguments, Language::English).into(), template: Some(template), arguments }
    }

    /// Texts in a row, with this one between them: `Text::literal("; ").join(reasons)`.
    pub fn join(self, texts: impl IntoIterator<Item = Text>) -> Text {
        let mut parts = Vec::new();
        for text in texts {
            if !parts.is_empty() {
                parts.push(("", self.clone()));
            }
            parts.push(("", text));
        }
        let english = parts.iter().map(|(_, part)| &**part).collect::<String>().into();
        Text { english, template: None, arguments: parts }
    }

    /// The same text in a language. What has no translation, such as a name, stays as it is.
    pub fn in_language(&self, language: Language) -> Cow<'_, str> {
        match self.template {
            _ if language == Language::English => Cow::Borrowed(&self.english),
            None if self.arguments.is_empty() => Cow::Borrowed(&self.english),
            Some(template) if self.arguments.is_empty() => Cow::Borrowed(language.text(template)),
            _ => Cow::Owned(self.composed(language)),
        }
    }

    /// True for what is the same in all languages.
    pub(crate) fn is_verbatim(&self) -> bool {
        self.template.is_none() && self.arguments.is_empty()
    }

    /// The text in a language, composed once more.
    fn composed(&self, language: Language) -> String {
        match self.template {
            None => self.arguments.iter().map(|(_, part)| part.in_language(language)).collect(),
            Some(template) => fill(language.text(template), &self.arguments, language),
        }
    }

    /// At most `limit` characters in English. In another language, none of its values has more.
    pub(crate) fn cut(mut self, limit: usize) -> Text {
        if self.english.len() > limit {
            self.english = cut(&self.english, limit).into();
            self.arguments = self.arguments.into_iter().map(|(name, argument)| (name, argument.cut(limit))).collect();
        }
        self
    }

    /// Changes text that is not part of the program, for example to hide secrets in it.
    pub(crate) fn change(&mut self, change: &mut impl FnMut(&mut String)) {
        self.arguments.iter_mut().for_each(|(_, argument)| argument.change(change));
        let mut is_changed = false;
        self.english.change(|text| {
            let before = text.clone();
            change(text);
            is_changed = *text != before;
        });
        // A secret may also be in two arguments and what is between them. Then there is only the English text.
        if is_changed && !self.arguments.is_empty() && self.composed(Language::English) != *self.english {
            *self = std::mem::take(&mut self.english).into();
        }
    }
}

/// Replaces each `{name}` in one pass, so that a value that looks like a placeholder stays as it is.
fn fill(template: &str, arguments: &[(&'static str, Text)], language: Language) -> String {
    let mut text = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text += before;
        let Some((name, mut after)) = after.split_once('}') else { break };
        if let Some((_, argument)) = arguments.iter().find(|(known, _)| *known == name) {
            let said = argument.in_language(language);
            if language == Language::Japanese {
                if said.starts_with(is_japanese)
                    && text.strip_suffix(' ').is_some_and(|text| text.ends_with(is_japanese))
                {
                    text.pop();
                }
                after = after
                    .strip_prefix(' ')
                    .filter(|next| said.ends_with(is_japanese) && next.starts_with(is_japanese))
                    .unwrap_or(after);
            }
            text += &said;
        }
        rest = after;
    }
    text + rest
}

/// A character of Japanese. There is a space between one and a Latin letter or digit, but none between two of them: a
/// template does not know which its values begin and end with.
fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.english
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// What is the same in all languages: names, numbers, values of settings.
impl From<Printable> for Text {
    fn from(text: Printable) -> Text {
        Text { english: text, template: None, arguments: Vec::new() }
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Printable::from(text).into()
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Text {
        Printable::from(text.as_str()).into()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Printable::from(text).into()
    }
}

impl From<Cow<'_, str>> for Text {
    fn from(text: Cow<'_, str>) -> Text {
        Printable::from(text.as_ref()).into()
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Text {
        text.clone()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> String {
        text.english.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in_one_pass() {
        let name = "{count}";
        let text = text!("{count} more of `{name}`", count = 2_usize, name);
        assert_eq!(&*text, "2 more of `{count}`");
        assert_eq!(text.in_language(Language::English), "2 more of `{count}`");
    }

    #[test]
    fn a_space_stands_only_where_japanese_meets_latin() {
        for (value, want) in
            [("a", "前 a 後"), ("値", "前値後"), ("a 値", "前 a 値後"), ("値 a", "前値 a 後"), ("", "前  後")]
        {
            let arguments = [("value", Text::from(value))];
            assert_eq!(fill("前 {value} 後", &arguments, Language::Japanese), want);
            assert_eq!(fill("前 {value} 後", &arguments, Language::English), format!("前 {value} 後"));
        }
    }

    #[test]
    fn a_text_is_cut_in_every_language() {
        let name = "n".repeat(50);
        let text = text!("The stream `{name}` is not encrypted: records are stored in the clear.", name).cut(20);
        assert_eq!(&*text, "The stream `nnnnnnn…");
        let japanese = text.in_language(Language::Japanese);
        assert!(japanese.contains("`nnnnnnnnnnnnnnnnnnn…`"), "{japanese}");
        assert_eq!(&*text!("{count} more of it", count = 2_usize).cut(20), "2 more of it");
    }

    #[test]
    fn what_comes_from_outside_is_printable_and_can_be_hidden() {
        let mut text = text!("the value {value}", value = "s3cr3t\u{202e}\n");
        assert_eq!(&*text, "the value s3cr3t\u{fffd}\u{fffd}");
        text.change(&mut |text| *text = text.replace("s3cr3t", "[hidden]"));
        assert_eq!(&*text, "the value [hidden]\u{fffd}\u{fffd}");
        assert!(!format!("{text:?}").contains("s3cr3t"));
    }

    #[test]
    fn a_list_is_said_in_a_language() {
        let words = || [Text::literal("Compliant."), "orders".into(), text!("Not applicable: {why}.", why = "x")];
        let list = Text::literal(" / ").join(words());
        assert_eq!(&*list, "Compliant. / orders / Not applicable: x.");
        assert_eq!(list.in_language(Language::English), "Compliant. / orders / Not applicable: x.");
        assert_eq!(list.in_language(Language::Japanese), "準拠しています。 / orders / 対象外: x。");
        assert_eq!(&*Text::literal(" / ").join([]), "");
    }

    #[test]
    fn a_secret_in_several_arguments_is_hidden_in_every_language() {
        let hide = |text: &mut String| *text = text.replace("s3cr3t", "[hidden]");
        let mut text = text!("Not applicable: {why}.", why = Text::literal("").join(["s3c".into(), "r3t".into()]));
        text.change(&mut { hide });
        for language in Language::ALL {
            assert!(!text.in_language(language).contains("s3cr3t"), "{text}");
        }
        let mut text = text!("Not applicable: {why}.", why = "s3cr3t of orders");
        text.change(&mut { hide });
        assert_eq!(text.in_language(Language::Japanese), "対象外: [hidden] of orders。");
        assert!(!format!("{text:?}").contains("s3cr3t"));
    }
}
