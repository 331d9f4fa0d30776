//! What was measured, printed at the end beside what it is measured by.

/// One line: what, ours, the reference, and the share that is wanted of it.
pub struct Row {
    pub what: String,
    pub ours: f64,
    pub reference: Option<(String, f64)>,
    pub wanted: Wanted,
}

/// What a line should come to.
#[derive(Clone, Copy)]
pub enum Wanted {
    /// This share of the reference.
    Share(f64),
    /// So many a second.
    Rate(f64),
    Nothing,
}

#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Table {
    pub fn add(&mut self, row: Row) {
        println!("  {}", line(&row));
        self.rows.push(row);
    }

    pub fn note(&mut self, note: String) {
        println!("  {note}");
        self.notes.push(note);
    }

    pub fn print(&self) {
        println!("\n{:<48} {:>8}   {:<36} {:>6}   wanted", "what", "a second", "beside", "share");
        self.rows.iter().for_each(|row| println!("{}", line(row)));
        self.notes.iter().for_each(|note| println!("{note}"));
    }
}

fn line(row: &Row) -> String {
    let share = row.reference.as_ref().map(|(_, reference)| row.ours / reference);
    let beside = row.reference.as_ref().map(|(name, rate)| format!("{name} {rate:.0}")).unwrap_or_default();
    let told = |met: bool, wanted: String| format!("{wanted}{}", if met { "" } else { ", MISSED" });
    let wanted = match (row.wanted, share) {
        (Wanted::Share(least), Some(share)) => told(share >= least, format!("{least:.2}")),
        (Wanted::Rate(least), _) => told(row.ours >= least, format!("{least:.0} a second")),
        _ => String::new(),
    };
    let share = share.map(|share| format!("{share:.2}")).unwrap_or_default();
    format!("{:<48} {:>8.0}   {beside:<36} {share:>6}   {wanted}", row.what, row.ours)
}
