//! Reading messages for feeling, and the steps of a turn that follow from it.

use std::time::{Duration, Instant};

use domain::{emotion, skills};
use models::perception::{ModelPerceiver, Perceiver as _};

use crate::Failure;
use crate::measure::{Done, Plan, rate};
use crate::report::Report;

const TEXTS: &str = "perceive texts";
const STEPS: &str = "perceive, appraise and choose";

/// Sentences are put together from these, so that no text is met twice in a row.
const OPENINGS: [&str; 6] =
    ["I really think that", "You know,", "Honestly,", "My sister said", "Ich glaube,", "Yesterday at work"];
const MIDDLES: [&str; 6] = [
    "the new film was much better than anyone expected",
    "nobody called me back and I felt quite alone",
    "we should go to the lake before it rains again",
    "das Essen war kalt und der Kellner unfreundlich",
    "my phone broke for the third time this year",
    "the children laughed so hard that they fell over",
];
const ENDINGS: [&str; 5] = [".", "!", "? What do you think?", ", which scares me a little.", " 😀"];

fn text(n: usize) -> String {
    let pick = |list: &[&'static str], by: usize| list[(n / by) % list.len()];
    format!("{} {}{}", pick(&OPENINGS, 1), pick(&MIDDLES, 6), pick(&ENDINGS, 36))
}

/// Measures one thread: texts per second, and the time of perception, appraisal and choice of a skill together.
pub async fn run(plan: &Plan, report: &mut Report) -> Result<(), Failure> {
    if !(plan.wants(TEXTS) | plan.wants(STEPS)) {
        return Ok(());
    }
    let perceiver = ModelPerceiver::embedded()?;
    let texts: Vec<String> = (0..180).map(text).collect();
    let speed = rate(plan, async |until: Instant| {
        let mut done = Done::default();
        for text in texts.iter().cycle() {
            if Instant::now() >= until {
                break;
            }
            std::hint::black_box(perceiver.perceive(text));
            done.count += 1;
        }
        Ok(done)
    })
    .await?;
    report.rate(TEXTS, "texts/s", speed, Some(2_000.0));
    let mut times: Vec<Duration> = Vec::new();
    for (seed, text) in (0..2_000).zip(texts.iter().cycle()) {
        let begun = Instant::now();
        let perception = perceiver.perceive(text);
        std::hint::black_box(emotion::appraise(emotion::BASELINE, &perception));
        std::hint::black_box(skills::choose(&skills::context(&perception), &[], seed));
        times.push(begun.elapsed());
    }
    report.times(STEPS, &mut times, &[50, 95]);
    report.floor(&format!("{STEPS} p95"), 5_000.0);
    Ok(())
}
