//! `countersign replay`, as somebody sees it who runs it: the story that the product exists for, told by the real program.

use tokio::process::Command;

/// What one of the stories prints, without colours and with all white space made one.
async fn story(name: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    let output = command.args(["replay", "--story", name]).output().await.expect("the program runs");
    let told = String::from_utf8(output.stdout).expect("it prints UTF-8");
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!told.contains('\x1b'), "there are colours where nobody looks");
    let widest = told.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    assert!(widest <= 100, "a line is {widest} characters wide");
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Each of these stands in the story, and in this order.
fn tells(story: &str, expected: &[&str]) {
    let mut rest = story;
    for wanted in expected {
        let (_, after) = rest.split_once(wanted).unwrap_or_else(|| panic!("“{wanted}” is not told after:\n{story}"));
        rest = after;
    }
}

#[tokio::test]
async fn three_mails_come_and_nobody_acts() {
    let story = story("silence").await;
    tells(
        &story,
        &[
            "2023 18 Sep 16:02:11 mail in Amazon Web Services: “[Action required]",
            "hard deadline 22 August 2024 at 17:08:50",
            "asks Ines, Mara and Theo to sign the assessment",
            "REFUSED Ines wants to file it as low-priority housekeeping: “A lower priority takes a second person",
            "proposed Ines proposes it instead",
            "REFUSED Ines wants to countersign it herself: “This takes a second person; you proposed it.”",
            "REFUSED Ines wants to close it, then: “This notice cannot be closed yet.”",
            "ESCALATES to Mara and Theo",
            "ESCALATES to Ines, Jonas, Mara and Theo",
            "2024",
            "– 17 Jan reminds Ines, Mara and Theo of all that they owe, in one mail",
            "21:40:03 mail in Amazon Web Services: “[Reminder]",
            "it joins N-1 and changes nothing",
            "20:01:37 mail in Amazon Web Services: “[Final reminder]",
            "names an instance that nobody has looked at yet",
            "RISES Nobody raised it, and nobody can stop it: the priority is critical, not high",
            "15:20 REFUSED Ines wants to close it as done, the day before",
            "22 Aug 09:00 reminds Mara and Theo of all that they owe, in one mail",
            "09:00 overdue Ines, Mara and Theo: the assessment is overdue",
            "17:08:50 EXPIRES rds-ca-2019",
            "4 attempts were refused",
            "An executive still has to sign the closing.",
        ],
    );
    assert!(!story.contains("PASSES"), "nobody acted, and something passed:\n{story}");
}

#[tokio::test]
async fn the_same_mails_come_and_they_act() {
    let story = story("acting").await;
    tells(
        &story,
        &[
            "Theo, as executive: the assessment",
            "The gate “assess” has passed.",
            "Ines plans the window: 17 October 2023, 07:00–09:00.",
            "The gate “schedule” has passed.",
            "REFUSED Jonas wants to sign the closing after a probe from a laptop",
            "still lacks a successful probe from production, made after the planned window; the last one came from a laptop",
            "countersign probe, from production, web-7",
            "Mara closes N-1.",
            "17 Jan 21:40:03 mail in",
            "N-1 stays closed.",
            "12 Jun 20:01:37 mail in",
            "N-1 had been closed, and is open again.",
            "18 Jun 08:15 done Ines: Rotate in the planned window.",
            "Mara closes N-1.",
            "22 Aug 09:00 asks",
            "to look one last time",
            "17:08:50 calm rds-ca-2019 expires.",
        ],
    );
    assert!(!story.contains("RISES") && !story.contains("overdue"), "they acted, and time ran out:\n{story}");
}
