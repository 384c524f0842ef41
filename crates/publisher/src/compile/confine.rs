//! Takes away the rights that a process doesn't need for compiling: files, the network, new rights.
//!
//! A component may exploit the compiler. Then it can still use the memory and computing that the limits allow, and
//! decide the code that comes back.

use std::fmt;
use std::str::FromStr;

/// The restrictions that the system enforces from now on. Best effort: a restriction that it doesn't offer is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Confinement {
    /// No file and no folder can be opened, created, moved or deleted. Open files stay open.
    pub files: bool,
    /// No TCP connection can be made or accepted. Other protocols aren't restricted.
    pub tcp: bool,
    /// No signal and no connection by an abstract socket can reach another process.
    pub signals: bool,
    /// Programs that it starts get no more rights than it has.
    pub no_new_privileges: bool,
}

/// The beginning of the line that reports it.
const HEADING: &str = "confined:";
const WORDS: [&str; 4] = ["files", "tcp", "signals", "privileges"];

/// Confines the calling thread and the threads and processes that it starts; it can't be lifted.
#[cfg(target_os = "linux")]
pub(super) fn confine() -> Confinement {
    use landlock::{ABI, LandlockStatus, RulesetError, RulesetStatus};

    fn restrict() -> Result<landlock::RestrictionStatus, RulesetError> {
        use landlock::{Access, AccessFs, AccessNet, Ruleset, RulesetAttr, Scope};
        // The newest ABI that the crate knows: the crate skips what the kernel doesn't have. No rule allows anything.
        const NEWEST: ABI = ABI::V9;
        let ruleset = Ruleset::default().handle_access(AccessFs::from_all(NEWEST))?;
        let ruleset = ruleset.handle_access(AccessNet::from_all(NEWEST))?.scope(Scope::from_all(NEWEST))?;
        ruleset.create()?.restrict_self()
    }

    // Also where the kernel has no Landlock.
    let no_new_privileges = rustix::thread::set_no_new_privs(true).is_ok();
    let by = |status: landlock::RestrictionStatus| match status.landlock {
        LandlockStatus::Available { effective_abi, .. } if status.ruleset != RulesetStatus::NotEnforced => {
            // TCP came with Linux 6.7, signals and abstract sockets with 6.12.
            Confinement { files: true, tcp: effective_abi >= ABI::V4, signals: effective_abi >= ABI::V6, ..NOTHING }
        }
        _ => NOTHING,
    };
    Confinement { no_new_privileges, ..restrict().map_or(NOTHING, by) }
}

/// Confines nothing: only Linux offers this to every process.
#[cfg(not(target_os = "linux"))]
pub(super) fn confine() -> Confinement {
    NOTHING
}

const NOTHING: Confinement = Confinement { files: false, tcp: false, signals: false, no_new_privileges: false };

impl Confinement {
    fn each(self) -> [bool; 4] {
        [self.files, self.tcp, self.signals, self.no_new_privileges]
    }
}

/// A line for the process that started this one: `confined: files tcp signals privileges`.
impl fmt::Display for Confinement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEADING)?;
        let held = WORDS.iter().zip(self.each()).filter(|(_, held)| *held);
        held.into_iter().try_for_each(|(word, _)| write!(f, " {word}"))
    }
}

/// The text isn't such a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotTold;

impl FromStr for Confinement {
    type Err = NotTold;

    fn from_str(line: &str) -> Result<Self, NotTold> {
        let words: Vec<&str> = line.strip_prefix(HEADING).ok_or(NotTold)?.split_whitespace().collect();
        let [files, tcp, signals, no_new_privileges] = WORDS.map(|word| words.contains(&word));
        Ok(Self { files, tcp, signals, no_new_privileges })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_enforced_is_told_in_a_line() {
        let some = Confinement { tcp: false, ..Confinement { files: true, tcp: true, signals: true, ..NOTHING } };
        assert_eq!(some.to_string(), "confined: files signals");
        for confinement in [some, NOTHING] {
            assert_eq!(confinement.to_string().parse(), Ok(confinement));
        }
        assert_eq!("memory allocation of 8 bytes failed".parse::<Confinement>(), Err(NotTold));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_confined_thread_opens_no_file_and_connects_nowhere() {
        use std::fs;
        use std::io::ErrorKind;
        use std::net::{TcpListener, TcpStream};

        let folder = tempfile::tempdir().unwrap();
        let (there, new) = (folder.path().join("there"), folder.path().join("new"));
        fs::write(&there, "secret").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // A confinement is a thread's, so the other tests of this process are free.
        let tried = move || {
            TcpStream::connect(address).unwrap();
            let confinement = confine();
            let tried = [
                fs::read(&there).err(),
                fs::read_dir(there.parent().unwrap()).err(),
                fs::write(&new, "x").err(),
                fs::remove_file(&there).err(),
                fs::read("/proc/self/environ").err(),
            ];
            let network = [TcpStream::connect(address).err(), TcpListener::bind("127.0.0.1:0").err()];
            let beyond_this_thread = std::thread::spawn(move || fs::read(&there).err()).join().unwrap();
            let kinds = |errors: &[Option<std::io::Error>]| -> Vec<_> {
                errors.iter().map(|error| error.as_ref().map(std::io::Error::kind)).collect()
            };
            (confinement, kinds(&tried), kinds(&network), kinds(&[beyond_this_thread]))
        };
        let (confinement, files, network, children) = std::thread::spawn(tried).join().unwrap();
        // A kernel without Landlock denies nothing, and then the result mustn't claim a restriction.
        let denied = |kind: &Option<ErrorKind>| *kind == Some(ErrorKind::PermissionDenied);
        assert!(confinement.no_new_privileges);
        assert!(files.iter().all(|kind| denied(kind) == confinement.files), "{files:?}");
        assert!(network.iter().all(|kind| denied(kind) == confinement.tcp), "{network:?}");
        assert!(children.iter().all(|kind| denied(kind) == confinement.files), "{children:?}");
        assert_eq!(folder.path().join("there").exists(), confinement.files);
    }
}
