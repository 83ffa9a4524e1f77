//! STUB until the helper's file arrives.
use crate::output::sns::Notification;
use crate::settings::Settings;
use serde_json::Value;
/// STUB
pub fn notification(
    _account: &str,
    _day: &str,
    _findings: &[Value],
    _left_out: usize,
    _gaps: &[String],
    _settings: &Settings,
) -> Option<Notification> {
    None
}
