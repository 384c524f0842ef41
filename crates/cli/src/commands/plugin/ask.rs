//! Questions to the person at the terminal: on standard error, because standard output holds the result alone.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::Result;

/// Whether somebody is there to answer.
pub(super) fn somebody_is_there() -> bool {
    std::io::stdin().is_terminal()
}

/// Something that they should know before they answer.
#[expect(clippy::print_stderr, reason = "a conversation with the person at the terminal")]
pub(super) fn tell(text: &str) {
    eprintln!("{text}");
}

/// A question; anything but "y" is no.
#[expect(clippy::print_stderr, reason = "a conversation with the person at the terminal")]
pub(super) fn ask(question: &str) -> Result<bool> {
    eprint!("{question} [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
