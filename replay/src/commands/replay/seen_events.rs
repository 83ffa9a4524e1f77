//! Recognizing duplicates: archives and queues often hold the same event more than once.

use std::collections::HashSet;

/// The ids of the events that were evaluated.
#[derive(Default)]
pub(crate) struct SeenEvents {
    /// CloudTrail's ids: random 128-bit numbers in lower-case hexadecimal, with dashes. As numbers, they need less memory.
    uuids: HashSet<u128>,
    others: HashSet<String>,
}

impl SeenEvents {
    /// Adds an id. True if it is new.
    pub(crate) fn insert(&mut self, id: &str) -> bool {
        match parse_uuid(id) {
            Some(uuid) => self.uuids.insert(uuid),
            None => self.others.insert(id.to_owned()),
        }
    }
}

/// Parses a UUID in its usual form. `None` for any other text, so that different ids never become the same number.
fn parse_uuid(id: &str) -> Option<u128> {
    let parts: Vec<&str> = id.split('-').collect();
    let has_shape = parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]);
    let is_lower_case = !id.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'+');
    if has_shape && is_lower_case { u128::from_str_radix(&parts.concat(), 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_is_new_once() {
        let mut seen = SeenEvents::default();
        let uuid = "0f0e0d0c-0b0a-4908-8706-050403020100";
        for id in
            [uuid, &uuid.to_uppercase(), &uuid.replace('-', ""), "event 1", "+f0e0d0c-0b0a-4908-8706-050403020100"]
        {
            assert!(seen.insert(id), "{id}");
            assert!(!seen.insert(id), "{id}");
        }
        assert_eq!(seen.uuids.len(), 1);
    }
}
