//! What a person is told: what was found and what to change, never the words it is about.

pub(super) const MINORS: &str = "This request puts a child or teenager together with something sexual, which is never allowed and cannot be confirmed. \
     Take everything sexual out, clothing and poses included.";
pub(super) const WORD_BLOCKED: &str =
    "This text asks for sexual content, which is not allowed. Describe the picture without it.";
pub(super) const WORD_UNSURE: &str =
    "This text may ask for sexual content. Confirm that it does not, or describe the picture in other words.";
pub(super) const MODEL_BLOCKED: &str =
    "The prompt check takes this text for a request for sexual content. Describe the picture without it.";
pub(super) const MODEL_UNSURE: &str = "The prompt check is not sure about this text. Confirm that it does not ask for sexual content, or reword it.";
pub(super) const UNDRESSING: &str =
    "Keeping clothes out of the picture may ask for sexual content. Confirm that it does not, or remove it.";

/// A text longer than can be read.
pub(super) fn too_long(longest: usize) -> String {
    format!("This text is longer than {longest} characters, which is more than can be checked. Shorten it.")
}
