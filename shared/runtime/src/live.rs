//! Look-ups for a replay.
