//! `cargo xtask check-layers`: the direction of dependencies, held by a table instead of by memory.
//!
//! The table is `xtask/layers.toml`; what is really there comes from `cargo metadata`. An edge that the table does not
//! have fails, and so does a package it does not know, a restricted outside package in the wrong place, and a list of
//! workspace members that is not sorted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::process::{cargo, output};
use crate::repo;

const OWN_PREFIX: &str = "allxone-";

/// `xtask/layers.toml`.
#[derive(Deserialize)]
struct Table {
    edges: BTreeMap<String, Vec<String>>,
    dev_edges: BTreeMap<String, Vec<String>>,
    above_all: AboveAll,
    only_in: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct AboveAll {
    packages: Vec<String>,
}

/// The part of `cargo metadata --no-deps` that matters here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `None` for an ordinary dependency, else `dev` or `build`.
    kind: Option<String>,
}

/// Fails with every breach at once.
pub fn check(root: &Path) -> Result<()> {
    repo::step("Checking the layers");
    let metadata = output(cargo(root).args(["metadata", "--no-deps", "--format-version", "1"]))
        .context("`cargo metadata` did not succeed; run it by hand to see why")?;
    let metadata: Metadata =
        serde_json::from_str(&metadata).context("`cargo metadata` said something unexpected")?;
    let path = root.join("xtask/layers.toml");
    let table = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let table: Table = toml::from_str(&table).with_context(|| format!("{} is damaged", path.display()))?;
    let workspace = std::fs::read_to_string(root.join("Cargo.toml")).context("cannot read Cargo.toml")?;

    let mut breaches = breaches(&table, &metadata);
    breaches.extend(unsorted_members(&workspace));
    if breaches.is_empty() {
        return Ok(());
    }
    bail!("the layers do not hold:\n  - {}\nThe table is xtask/layers.toml.", breaches.join("\n  - "))
}

fn breaches(table: &Table, metadata: &Metadata) -> Vec<String> {
    let mut found = BTreeSet::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        let above_all = table.above_all.packages.iter().any(|above| above == name);
        let Some(allowed) = table.edges.get(name).or(above_all.then_some(const { &Vec::new() })) else {
            found.insert(format!("{name} is not in the table"));
            continue;
        };
        for dependency in &package.dependencies {
            let target = dependency.name.as_str();
            let kind = dependency.kind.as_deref().unwrap_or("ordinary");
            let for_tests = || {
                let lists = [table.dev_edges.get("*"), table.dev_edges.get(name)];
                kind == "dev" && lists.into_iter().flatten().flatten().any(|edge| edge == target)
            };
            let own = target.starts_with(OWN_PREFIX) || target == "xtask";
            if own && !above_all && !allowed.iter().any(|edge| edge == target) && !for_tests() {
                found.insert(format!("{name} must not use {target} ({kind} dependency)"));
            }
            if let Some(places) = table.only_in.get(target)
                && !places.iter().any(|place| place == name)
            {
                found.insert(format!("{name} must not use {target}: only {} may", places.join(", ")));
            }
        }
    }
    found.into_iter().collect()
}

/// Members stand in groups under a comment line; within a group they are sorted and say what they are for.
fn unsorted_members(workspace: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut previous = "";
    let lines = workspace.lines().skip_while(|line| !line.starts_with("members")).skip(1);
    for line in lines.map(str::trim).take_while(|line| !line.starts_with(']')) {
        if line.starts_with('#') {
            previous = "";
            continue;
        }
        let Some((member, rest)) = line.strip_prefix('"').and_then(|line| line.split_once('"')) else {
            continue;
        };
        if member < previous {
            found.push(format!("Cargo.toml: member {member} stands after {previous}"));
        }
        if !rest.contains('#') {
            found.push(format!("Cargo.toml: member {member} does not say what it is for"));
        }
        previous = member;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        toml::from_str(include_str!("../layers.toml")).expect("the table is well formed")
    }

    fn metadata(package: &str, dependencies: &[(&str, Option<&str>)]) -> Metadata {
        let dependencies = dependencies
            .iter()
            .map(|(name, kind)| Dependency { name: (*name).to_owned(), kind: kind.map(str::to_owned) })
            .collect();
        Metadata { packages: vec![Package { name: package.to_owned(), dependencies }] }
    }

    #[test]
    fn the_edges_of_the_plan_are_allowed() {
        let studio = metadata(
            "allxone-studio",
            &[("allxone-library", None), ("serde", None), ("allxone-testkit", Some("dev"))],
        );
        assert_eq!(breaches(&table(), &studio), Vec::<String>::new());
        let journeys =
            metadata("allxone-tests", &[("allxone-service", None), ("allxone-vault", Some("dev"))]);
        assert_eq!(breaches(&table(), &journeys), Vec::<String>::new());
    }

    #[test]
    fn a_forbidden_edge_is_named() {
        let engine = metadata("allxone-engine", &[("allxone-safety", None)]);
        assert_eq!(
            breaches(&table(), &engine),
            ["allxone-engine must not use allxone-safety (ordinary dependency)"]
        );
    }

    #[test]
    fn a_test_is_no_way_around_the_table() {
        let media = metadata("allxone-media", &[("allxone-engine", Some("dev")), ("xtask", Some("build"))]);
        assert_eq!(breaches(&table(), &media).len(), 2);
        let fakes = metadata("allxone-media", &[("allxone-testkit", None)]);
        assert_eq!(breaches(&table(), &fakes).len(), 1, "fakes are for tests alone");
    }

    #[test]
    fn outside_packages_stay_where_they_belong() {
        let studio = metadata("allxone-studio", &[("axum", Some("dev")), ("tauri", None)]);
        assert_eq!(breaches(&table(), &studio).len(), 2);
        let service = metadata("allxone-service", &[("axum", None)]);
        assert_eq!(breaches(&table(), &service), Vec::<String>::new());
        let journeys = metadata("allxone-tests", &[("axum", Some("dev"))]);
        assert_eq!(breaches(&table(), &journeys).len(), 1, "standing above all gives no right to these");
    }

    #[test]
    fn an_unknown_package_must_be_placed_first() {
        assert_eq!(
            breaches(&table(), &metadata("allxone-helpers", &[])),
            ["allxone-helpers is not in the table"]
        );
    }

    #[test]
    fn the_table_has_no_circle() {
        let table = table();
        let mut left: BTreeMap<&str, BTreeSet<&str>> = table
            .edges
            .iter()
            .map(|(name, edges)| (name.as_str(), edges.iter().map(String::as_str).collect()))
            .collect();
        while let Some(free) = left.iter().find(|(_, edges)| edges.is_empty()).map(|(name, _)| *name) {
            left.remove(free);
            left.values_mut().for_each(|edges| {
                edges.remove(free);
            });
        }
        assert!(left.is_empty(), "in a circle, or using an unlisted package: {left:?}");
    }

    #[test]
    fn members_are_sorted_within_their_group_and_explained() {
        let good = "[workspace]\nmembers = [\n # one\n \"b\", # why\n # two\n \"a\", # why\n]\n\"z\"\n";
        assert_eq!(unsorted_members(good), Vec::<String>::new());
        let bad = "members = [\n \"b\", # why\n \"a\",\n]";
        assert_eq!(
            unsorted_members(bad),
            ["Cargo.toml: member a stands after b", "Cargo.toml: member a does not say what it is for"]
        );
    }
}
