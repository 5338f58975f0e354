//! What a helper may do, enforced by the system and not by the helper's good will.
//!
//! | | Linux | macOS | Windows |
//! |---|---|---|---|
//! | memory | address space limit | not enforced by the system; the caps of `Limits` hold | the caps of `Limits` hold |
//! | processor time | limit for each picture and for its life | the same | the caller's clock alone |
//! | files | none can be opened (file number limit, Landlock, system call filter) | none can be opened or grow | not held |
//! | network, programs | refused (system call filter, Landlock) | no descriptor for a socket is left | not held |
//!
//! Where the kernel lacks Landlock or the filter, the limits of the first rows and the clock of the caller remain.

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What the system holds a helper to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// Bytes of memory above what the program takes at its start.
    pub memory: u64,
    /// Processor time for one picture.
    pub processor: Duration,
}

impl Default for Confinement {
    /// 1.25 GB, room for the largest picture in each of its states at once, and 20 seconds.
    fn default() -> Self {
        Self { memory: 1_250_000_000, processor: Duration::from_secs(20) }
    }
}

#[cfg(unix)]
mod limits {
    use super::{Confinement, Duration, io};
    use rlimit::{Resource, setrlimit};

    /// Processor time of a helper's whole life, in pictures that take all they may.
    const LIFE: u64 = 64;

    /// Bounds the address space. Elsewhere than on Linux it cannot be known what is taken already, nor is the bound kept.
    pub fn memory(confinement: &Confinement) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        {
            let most = address_space()?.saturating_add(confinement.memory);
            setrlimit(Resource::AS, most, most)?;
        }
        let _ = confinement;
        Ok(())
    }

    pub fn enter(confinement: &Confinement) -> io::Result<()> {
        next_picture(confinement)?;
        setrlimit(Resource::CORE, 0, 0)?;
        setrlimit(Resource::FSIZE, 0, 0)?;
        setrlimit(Resource::NPROC, 0, 0)?;
        setrlimit(Resource::NOFILE, 0, 0)
    }

    /// Time for one more picture. What is left of the time of its life only shrinks.
    pub fn next_picture(confinement: &Confinement) -> io::Result<()> {
        let each = whole_seconds(confinement.processor);
        let life = Resource::CPU.get_hard()?.min(each.saturating_mul(LIFE));
        let used = cpu_time::ProcessTime::try_now().map_or(0, |time| whole_seconds(time.as_duration()));
        setrlimit(Resource::CPU, used.saturating_add(each).min(life), life)
    }

    fn whole_seconds(time: Duration) -> u64 {
        time.as_secs().saturating_add(1)
    }

    /// Bytes of address space this program has taken already.
    #[cfg(target_os = "linux")]
    fn address_space() -> io::Result<u64> {
        let status = std::fs::read_to_string("/proc/self/status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap_or_default();
        let kilobytes = line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok());
        kilobytes.and_then(|n| n.checked_mul(1024)).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

#[cfg(target_os = "linux")]
mod walls {
    use super::io;
    use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, Scope};
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule,
    };

    /// Allows no file and no connection. A kernel that knows only part of it holds that part.
    pub fn landlock() -> Result<(), landlock::RulesetError> {
        Ruleset::default()
            .handle_access(AccessFs::from_all(ABI::V5))?
            .handle_access(AccessNet::from_all(ABI::V5))?
            .scope(Scope::from_all(ABI::V6))?
            .create()?
            .restrict_self()
            .map(drop)
    }

    /// The system calls of memory, of the line and of an orderly end; any other fails with "not permitted".
    pub fn filter() -> io::Result<()> {
        const FREE: &[libc::c_long] = &[
            libc::SYS_read,
            libc::SYS_readv,
            libc::SYS_write,
            libc::SYS_writev,
            libc::SYS_close,
            libc::SYS_brk,
            libc::SYS_munmap,
            libc::SYS_mremap,
            libc::SYS_madvise,
            libc::SYS_futex,
            libc::SYS_rt_sigaction,
            libc::SYS_rt_sigprocmask,
            libc::SYS_rt_sigreturn,
            libc::SYS_sigaltstack,
            libc::SYS_clock_gettime,
            libc::SYS_getrandom,
            libc::SYS_getrusage,
            libc::SYS_prlimit64,
            libc::SYS_getrlimit,
            libc::SYS_setrlimit,
            libc::SYS_sched_yield,
            libc::SYS_restart_syscall,
            libc::SYS_exit,
            libc::SYS_exit_group,
        ];
        // Memory may be mapped, but none that can be run as code.
        let data_only = || {
            let executable = libc::PROT_EXEC as u64;
            let none = SeccompCmpOp::MaskedEq(executable);
            let rule = SeccompCondition::new(2, SeccompCmpArgLen::Dword, none, 0);
            rule.and_then(|condition| SeccompRule::new(vec![condition]))
        };
        let mut rules = std::collections::BTreeMap::new();
        for call in FREE {
            rules.insert(*call, Vec::new());
        }
        for call in [libc::SYS_mmap, libc::SYS_mprotect] {
            rules.insert(call, vec![data_only().map_err(io::Error::other)?]);
        }
        let arch = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
        let refuse = SeccompAction::Errno(libc::EPERM as u32);
        let filter =
            SeccompFilter::new(rules, refuse, SeccompAction::Allow, arch).map_err(io::Error::other)?;
        let program: BpfProgram = filter.try_into().map_err(io::Error::other)?;
        seccompiler::apply_filter(&program).map_err(io::Error::other)
    }
}

/// Confines this process for good.
pub(super) fn enter(confinement: &Confinement) -> io::Result<()> {
    #[cfg(unix)]
    limits::memory(confinement)?; // reads a file, so it comes before the walls
    // A kernel without one of the walls still has the others, and the caller's clock.
    #[cfg(target_os = "linux")]
    let _ = walls::landlock();
    #[cfg(unix)]
    limits::enter(confinement)?;
    #[cfg(target_os = "linux")]
    let _ = walls::filter();
    let _ = confinement;
    Ok(())
}

/// Grants the processor time of one more picture.
pub(super) fn next_picture(confinement: &Confinement) -> io::Result<()> {
    #[cfg(unix)]
    limits::next_picture(confinement)?;
    let _ = confinement;
    Ok(())
}
