//! Durable appends, side by side.

mod cqrs;
pub mod ours;
mod raw;

use std::path::Path;

use crate::Failure;
use crate::measure::Plan;
use crate::report::Report;

/// The numbers of writers that everything is measured with.
const WRITERS: [usize; 3] = [1, 8, 64];
/// Length of the text of an event.
const BODY: usize = 300;
/// Events of one stream before a writer begins the next: loading stays short, and is not nothing.
const STREAM: u64 = 10;

const UNIT: &str = "events/s";

/// The text of an event: never twice the same, so that nothing is saved by sameness.
pub fn body(writer: usize, n: u64) -> String {
    let mut text = format!("writer {writer} says for the {n}th time: ");
    let mut state = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ writer as u64;
    while text.len() < BODY {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push(char::from(b'a' + (state >> 59) as u8 % 26));
    }
    text
}

/// Measures every store.
pub async fn run(plan: &Plan, folder: &Path, report: &mut Report) -> Result<(), Failure> {
    raw::run(plan, folder, report).await?;
    cqrs::sqlite(plan, folder, report).await?;
    cqrs::postgres(plan, report).await?;
    ours::sqlite(plan, folder, report).await?;
    ours::postgres(plan, report).await
}
