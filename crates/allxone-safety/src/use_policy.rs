//! The Acceptable Use Policy (`docs/ACCEPTABLE-USE.md`), as far as decisions cite it.

use allxone_contract::Category;

/// Version of the policy that decisions cite.
pub const ACCEPTABLE_USE_VERSION: &str = "1";

/// The section a decision about this category cites, with the policy's version: `AUP 1, 2.1`.
pub fn acceptable_use_section(category: Category) -> &'static str {
    match category {
        Category::Sexual => "AUP 1, 2.1",
        Category::Minors => "AUP 1, 2.2",
        Category::Unjudgeable => "AUP 1, 2.3",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cited_section_stands_in_the_policy_of_that_version() {
        let text = include_str!("../../../docs/ACCEPTABLE-USE.md");
        assert!(text.contains(&format!("Version {ACCEPTABLE_USE_VERSION}")));
        for category in [Category::Sexual, Category::Minors, Category::Unjudgeable] {
            let section =
                acceptable_use_section(category).strip_prefix(&format!("AUP {ACCEPTABLE_USE_VERSION}, "));
            assert!(section.is_some_and(|number| text.contains(&format!("### {number} "))), "{category:?}");
        }
    }
}
