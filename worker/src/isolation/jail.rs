//! The process limits itself, for good: no files, no network, no other process, no more memory than a page needs.
//! When it does so is left to `child`; what to do where the kernel lacks something to `pool`.
//!
//! Landlock closes files, the network and signals by what they mean, seccomp by the calls that reach them. What one
//! forgets the other covers; where one is missing the other still closes most.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetStatus,
    Scope, path_beneath_rules,
};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, getpid, getrlimit, set_dumpable_behavior,
    set_parent_process_death_signal, setrlimit,
};
use seccompiler::SeccompCmpArgLen::{Dword, Qword};
use seccompiler::SeccompCmpOp::{Eq, MaskedEq};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};
use serde::{Deserialize, Serialize};

/// Addresses that may be taken, mapped models and unused reserves included: the largest page that is read stays under
/// half of it.
const ADDRESS_SPACE: u64 = 2 << 30;
/// Seconds of a processor for a child's whole life: twice the age at which its parent replaces it.
const CPU_SECONDS: u64 = 7200;
/// The newest landlock this was written for; older kernels do what they can of it.
const LANDLOCK: ABI = ABI::V7;

/// What holds a process in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    /// Whether files, network and signals are closed by what they mean.
    pub landlock: Extent,
    /// Whether all calls are refused that reading does not need.
    pub seccomp: Extent,
}

/// How much of a measure is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Extent {
    /// All of it.
    Full,
    /// Files at least, as far as this kernel's version goes.
    Part,
    /// Nothing, and why.
    None(String),
}

impl InForce {
    /// What is missing altogether, for the operator.
    pub fn lacks(&self) -> Option<String> {
        let lack = |name: &str, extent: &Extent| match extent {
            Extent::None(why) => Some(format!("{name} ({why})")),
            Extent::Full | Extent::Part => None,
        };
        let lacks = [lack("landlock", &self.landlock), lack("seccomp", &self.seccomp)];
        let lacks: Vec<String> = lacks.into_iter().flatten().collect();
        (!lacks.is_empty()).then(|| lacks.join(", "))
    }
}

/// A process that can still load what it needs, and little else.
pub struct Jail(Extent);

impl Jail {
    /// Leaves the process what loading needs: to read these folders, and the files that links in them lead to. It dies
    /// with the thread that started it, and is never dumped or traced.
    ///
    /// Landlock holds a thread and those that it starts: libraries start some while they load, so that it comes first.
    pub fn enter(readable: &[&Path]) -> io::Result<Self> {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
        limit(Resource::Core, 0)?;
        limit(Resource::Fsize, 0)?;
        Ok(Self(close_outside(readable)))
    }

    /// Takes the process all that is left but reading documents.
    pub fn lock(self) -> io::Result<InForce> {
        limit(Resource::As, ADDRESS_SPACE)?;
        limit(Resource::Cpu, CPU_SECONDS)?;
        let landlock = match self.0 {
            none @ Extent::None(_) => none,
            Extent::Full | Extent::Part => close_outside(&[]),
        };
        // Standard input, output and error are open; nothing else ever will be.
        limit(Resource::Nofile, 3)?;
        Ok(InForce { landlock, seccomp: close_calls() })
    }
}

/// Lowers a limit, never raises it.
fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let most = getrlimit(resource).maximum.map_or(most, |already| already.min(most));
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}

/// Landlock: everything it can refuse is refused, but to read what is below these folders.
fn close_outside(readable: &[&Path]) -> Extent {
    let entries = readable.iter().filter_map(|folder| folder.read_dir().ok()).flatten();
    let linked = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let readable = readable.iter().map(|folder| folder.to_path_buf()).chain(linked);
    let lock = || {
        let all = Ruleset::default()
            .handle_access(AccessFs::from_all(LANDLOCK))?
            .handle_access(AccessNet::from_all(LANDLOCK))?
            .scope(Scope::from_all(LANDLOCK))?
            .create()?;
        all.add_rules(path_beneath_rules(readable, AccessFs::ReadFile | AccessFs::ReadDir))?.restrict_self()
    };
    match lock() {
        Ok(status) => match status.ruleset {
            RulesetStatus::FullyEnforced => Extent::Full,
            RulesetStatus::PartiallyEnforced => Extent::Part,
            RulesetStatus::NotEnforced => Extent::None("this kernel lacks it".to_owned()),
        },
        Err(error) => Extent::None(error.to_string()),
    }
}

/// Seccomp: what is not on the list is refused as if the right to do it were missing.
fn close_calls() -> Extent {
    match filters() {
        Ok(filters) => {
            let applied = filters.iter().try_for_each(|filter| seccompiler::apply_filter_all_threads(filter));
            applied.map_or_else(|error| Extent::None(error.to_string()), |()| Extent::Full)
        }
        Err(error) => Extent::None(error.to_string()),
    }
}

type Rules = BTreeMap<libc::c_long, Vec<SeccompRule>>;

fn filters() -> Result<[BpfProgram; 2], BackendError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let refuse = |errno: i32| SeccompAction::Errno(errno.unsigned_abs());
    // What clone3 is asked cannot be looked at; libc does with clone where it is told that there is no clone3.
    let no_clone3 = Rules::from([(libc::SYS_clone3, Vec::new())]);
    let no_clone3 = SeccompFilter::new(no_clone3, SeccompAction::Allow, refuse(libc::ENOSYS), arch)?;
    let allowed = SeccompFilter::new(allowed()?, refuse(libc::EPERM), SeccompAction::Allow, arch)?;
    // The list comes last: it refuses further filters.
    Ok([no_clone3.try_into()?, allowed.try_into()?])
}

/// What reading needs once everything is loaded: memory, threads, the clock, and the two pipes to the parent.
fn allowed() -> Result<Rules, BackendError> {
    let mut rules: Rules = ALWAYS.iter().map(|call| (*call, Vec::new())).collect();
    let mut only = |call, conditions: Vec<SeccompCondition>| -> Result<(), BackendError> {
        rules.insert(call, vec![SeccompRule::new(conditions)?]);
        Ok(())
    };
    let bits = |bits: i32| u64::from(bits.unsigned_abs());
    let without = |argument, mask: i32| when(argument, Qword, MaskedEq(bits(mask)), 0);
    let with = |argument, mask: i32| when(argument, Qword, MaskedEq(bits(mask)), bits(mask));
    let own_pid = u64::from(getpid().as_raw_nonzero().get().unsigned_abs());
    only(libc::SYS_read, vec![when(0, Dword, Eq, 0)?])?;
    only(libc::SYS_write, vec![when(0, Dword, Eq, 1)?])?;
    // Memory holds data, never a program, and never a file.
    only(libc::SYS_mmap, vec![without(2, libc::PROT_EXEC)?, with(3, libc::MAP_ANONYMOUS)?])?;
    only(libc::SYS_mprotect, vec![without(2, libc::PROT_EXEC)?])?;
    // Threads, but no processes.
    only(libc::SYS_clone, vec![with(0, libc::CLONE_THREAD)?])?;
    only(libc::SYS_tgkill, vec![when(0, Dword, Eq, own_pid)?])?;
    only(libc::SYS_prctl, vec![when(0, Dword, Eq, bits(libc::PR_SET_NAME))?])?;
    Ok(rules)
}

fn when(
    argument: u8,
    length: SeccompCmpArgLen,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, length, operator, value)
}

/// Calls that reach nothing outside the process.
const ALWAYS: &[libc::c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_clone3,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_gettid,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_sysinfo,
];

impl fmt::Display for InForce {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |extent: &Extent| match extent {
            Extent::Full => "in full",
            Extent::Part => "in part",
            Extent::None(_) => "not",
        };
        write!(out, "landlock {}, seccomp {}", word(&self.landlock), word(&self.seccomp))
    }
}
