//! The tutorial makes this plugin: line for line, both ways.

use std::collections::BTreeSet;

const TUTORIAL: &str = include_str!("../../../../docs/plugin-tutorial.md");

/// The lines of the tutorial's blocks in these languages, without their indentation.
fn told(languages: &[&str]) -> BTreeSet<&'static str> {
    let mut lines = BTreeSet::new();
    let mut inside = false;
    for line in TUTORIAL.lines() {
        match line.strip_prefix("```") {
            Some(language) => inside = !inside && languages.contains(&language),
            None if inside => drop(lines.insert(line.trim())),
            None => {}
        }
    }
    lines
}

fn lines<'a>(files: &[&'a str]) -> BTreeSet<&'a str> {
    files.iter().flat_map(|file| file.lines()).map(str::trim).collect()
}

#[test]
fn the_tutorial_has_every_line_of_the_plugin_and_no_other() {
    for (languages, files) in [
        (&["rust"][..], &[include_str!("../src/lib.rs"), include_str!("plugin.rs")][..]),
        (&["ftl"], &[include_str!("../locales/en.ftl"), include_str!("../locales/es.ftl")]),
        (&["jinja"], &[include_str!("../templates/closed.txt.j2")]),
        (&["toml"], &[include_str!("../plugin.toml")]),
    ] {
        let (told, there) = (told(languages), lines(files));
        let missing: Vec<_> = there.difference(&told).collect();
        assert!(missing.is_empty(), "the tutorial doesn't have {missing:#?}");
        let more: Vec<_> = told.difference(&there).collect();
        assert!(more.is_empty(), "the tutorial alone has {more:#?}");
    }
}

#[test]
fn the_template_is_the_one_that_a_new_plugin_has() {
    let new = include_str!("../../../../crates/cli/scaffold/rust/templates/message.txt.j2");
    assert_eq!(include_str!("../templates/message.txt.j2"), new);
}
