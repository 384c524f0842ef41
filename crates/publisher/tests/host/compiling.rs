//! Compiling in a child: what it does wrong is told, and costs nobody else anything.

use std::time::{Duration, Instant};

use tablon_publisher::compile::{ChildCompiler, CompileLimits, Compiler};
use tablon_publisher::{HostOptions, PluginHost};

use crate::fixture::{directory, offline, options, posting};

/// A shell script in the place of the compiler, which reads its input to the end unless it ends before.
fn script(script: &str) -> Compiler {
    let limits = CompileLimits { memory: 1 << 30, cpu: Duration::from_secs(2), time: Duration::from_secs(1) };
    Compiler::Child(ChildCompiler::new("/bin/sh", ["-c", script, "compiler"], limits))
}

/// What the host says of a plugin that this compiles.
async fn problem(compiler: Compiler) -> String {
    let directory = directory();
    let host = PluginHost::new(HostOptions { compiler, cache_dir: None, ..options(directory.path()) }).await.unwrap();
    assert!(host.plugins().is_empty());
    let problems = host.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].message.clone()
}

#[tokio::test]
async fn a_compiler_that_fails_is_told_in_its_words() {
    let said = problem(script("cat >/dev/null; echo 'unknown opcode' >&2; exit 1")).await;
    assert_eq!(said, "it can't be compiled: unknown opcode");
    let said = problem(script("exit 3")).await;
    assert!(said.contains("ended with exit status: 3"), "{said}");
}

#[tokio::test]
async fn a_compiler_that_takes_too_long_or_too_much_is_told() {
    let started = Instant::now();
    let said = problem(script("sleep 60")).await;
    assert!(said.contains("longer than 1 s"), "{said}");
    assert!(started.elapsed() < Duration::from_secs(20));
    let said = problem(script("kill -XCPU $$")).await;
    assert!(said.contains("more than 2 s of computing"), "{said}");
    let said = problem(script("echo 'memory allocation of 1 bytes failed' >&2; kill -ABRT $$")).await;
    assert!(said.contains("more than 1024 MiB of memory"), "{said}");
}

#[tokio::test]
async fn what_is_no_code_is_never_run() {
    for junk in ["cat", "cat >/dev/null; echo junk", "cat >/dev/null"] {
        let said = problem(script(junk)).await;
        assert!(said.contains("something that is no code"), "{junk}: {said}");
    }
}

#[tokio::test]
async fn a_compiler_that_is_not_there_is_told() {
    let compiler = ChildCompiler::new("/nowhere/compiler", ["x"], CompileLimits::default());
    assert!(problem(Compiler::Child(compiler)).await.contains("no compiler could be started"));
}

#[tokio::test]
async fn the_compiler_is_told_its_limits_and_nothing_else() {
    // It answers with its arguments and variables, as an error.
    let said = problem(script("cat >/dev/null; echo \"$@; $(env | grep -c CARGO_)\" >&2; exit 1")).await;
    assert!(said.ends_with("--memory 1073741824 --cpu 2; 0"), "{said}");
    assert!(std::env::vars().any(|(name, _)| name.starts_with("CARGO_")), "there was something to hide");
}

#[tokio::test]
async fn code_that_was_kept_needs_no_compiler() {
    let (directory, cache) = (directory(), tempfile::tempdir().unwrap());
    let with = |compiler: Compiler| HostOptions {
        compiler,
        cache_dir: Some(cache.path().to_owned()),
        ..options(directory.path())
    };
    PluginHost::new(with(Compiler::InProcess)).await.unwrap();
    let host = PluginHost::new(with(script("exit 1"))).await.unwrap();
    let plugin = host.plugin("hostile").unwrap_or_else(|| panic!("{:?}", host.problems()));
    assert!(plugin.render(&posting(), &offline("")).await.result.is_ok());
}
