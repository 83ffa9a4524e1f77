//! A secret in an input, by which its way through the program can be followed.

/// What stands for the secret in an input.
pub(crate) const PLACEHOLDER: &str = "%S";

/// Two secrets that no program can tell apart by their letters and digits, and that nothing else contains.
pub(crate) const SECRETS: [&str; 2] = ["Zq7Xw9Kp3Vt5", "Yj4Bn6Hd8Mf2"];

/// The text with each of the secrets.
pub(crate) fn with_secrets(text: &str) -> [String; 2] {
    // fuzzing finds out what the secrets are
    let text = SECRETS.iter().fold(text.to_owned(), |text, secret| text.replace(secret, PLACEHOLDER));
    SECRETS.map(|secret| text.replace(PLACEHOLDER, secret))
}
