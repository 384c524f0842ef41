//! Programs that the tests need and cargo can't bring.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use tablon_testkit::postgres;

use crate::workspace::{Workspace, find_program, run, step};

/// A program that tests start, with what brings it.
struct Prerequisite {
    what: &'static str,
    debian: &'static str,
    homebrew: &'static str,
    is_there: fn() -> bool,
}

const ALL: [Prerequisite; 6] = [
    Prerequisite {
        what: "a PostgreSQL server, 15 or newer",
        debian: "postgresql",
        homebrew: "brew install postgresql@15",
        is_there: || postgres::find_binaries().is_ok(),
    },
    Prerequisite {
        what: "Chromium",
        debian: "chromium",
        homebrew: "brew install --cask chromium",
        is_there: || find_program("chromium", &[]).or_else(|| find_program("google-chrome", &mac_browsers())).is_some(),
    },
    Prerequisite {
        what: "ChromeDriver",
        debian: "chromium-driver",
        homebrew: "brew install --cask chromedriver",
        is_there: || find_program("chromedriver", &[]).is_some(),
    },
    Prerequisite {
        what: "Exim, a mail server",
        debian: "exim4-daemon-light",
        homebrew: "brew install exim",
        is_there: || EXIM.iter().any(|path| Path::new(path).exists()),
    },
    Prerequisite {
        what: "oathtool, an authenticator",
        debian: "oathtool",
        homebrew: "brew install oath-toolkit",
        is_there: || find_program("oathtool", &[]).is_some(),
    },
    Prerequisite {
        what: "npm, for the example plugin in JavaScript",
        debian: "npm",
        homebrew: "brew install node",
        is_there: || find_program("npm", &[]).is_some(),
    },
];

/// Where it is: not on everybody's path.
const EXIM: [&str; 3] = ["/usr/sbin/exim4", "/usr/sbin/exim", "/opt/homebrew/bin/exim"];

fn mac_browsers() -> Vec<PathBuf> {
    ["/Applications/Chromium.app/Contents/MacOS", "/Applications/Google Chrome.app/Contents/MacOS"]
        .map(PathBuf::from)
        .to_vec()
}

/// Installs what is missing where that is ours to do (root on Debian), else says what to install.
pub(crate) fn require(workspace: &Workspace) -> Result<()> {
    let missing: Vec<&Prerequisite> = ALL.iter().filter(|one| !(one.is_there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|one| one.debian).collect();
    if is_root() && find_program("apt-get", &[]).is_some() {
        step(&format!("installing {}", packages.join(", ")), || {
            let apt =
                |args: &[&str]| run(workspace.command("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive"));
            apt(&["update", "-qq"])?;
            apt(&[["install", "-y", "-qq", "--no-install-recommends"].as_slice(), &packages].concat())
        })?;
        if ALL.iter().all(|one| (one.is_there)()) {
            return Ok(());
        }
    }
    let mut message = "the tests need programs that are not installed:\n".to_owned();
    for one in ALL.iter().filter(|one| !(one.is_there)()) {
        message.push_str(&format!("  - {} (Debian, Ubuntu: {}; macOS: {})\n", one.what, one.debian, one.homebrew));
    }
    message.push_str(&format!("On Debian or Ubuntu: sudo apt-get install {}", packages.join(" ")));
    bail!(message)
}

/// Root is who owns the running process's own entry in /proc; elsewhere nobody installs packages here.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    Path::new("/proc/self").metadata().is_ok_and(|metadata| metadata.uid() == 0)
}
