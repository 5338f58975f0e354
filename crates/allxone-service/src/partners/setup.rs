//! The operator's word on which partners a service works with: a file of names, keys and, where they differ from the usual ones,
//! addresses and models.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use allxone_egress::{BearerToken, EgressError, Server};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::catalogue::{Catalogue, Model};
use super::graphs::Graphs;
use crate::ServiceError;

/// How long is usually waited before a partner is asked again how a request stands.
const PACE: Duration = Duration::from_secs(1);
/// How many requests a partner is usually handed at once.
const AT_ONCE: usize = 16;

/// Which dialect a partner speaks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PartnerKind {
    /// OpenAI's Images API.
    OpenAi,
    /// fal's queue.
    Fal,
    /// Stability's image services.
    Stability,
    /// AUTOMATIC1111's web UI on a machine of one's own.
    #[serde(rename = "a1111")]
    Automatic1111,
    /// ComfyUI on a machine of one's own.
    ComfyUi,
}

impl PartnerKind {
    /// Every dialect.
    pub const ALL: [Self; 5] = [Self::OpenAi, Self::Fal, Self::Stability, Self::Automatic1111, Self::ComfyUi];

    /// Its id in the operator's registry of processors and in front of its models.
    pub fn id(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Fal => "fal",
            Self::Stability => "stability",
            Self::Automatic1111 => "a1111",
            Self::ComfyUi => "comfyui",
        }
    }

    /// The company's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "OpenAI",
            Self::Fal => "fal",
            Self::Stability => "Stability AI",
            Self::Automatic1111 => "AUTOMATIC1111",
            Self::ComfyUi => "ComfyUI",
        }
    }

    /// Whether it is a machine of one's own: nobody else sees anything there, no key is shown and nothing is paid.
    pub fn is_ones_own(self) -> bool {
        matches!(self, Self::Automatic1111 | Self::ComfyUi)
    }

    /// Where it is reached unless the operator says otherwise.
    pub(crate) fn address(self) -> &'static str {
        match self {
            Self::OpenAi => "https://api.openai.com",
            Self::Fal => "https://queue.fal.run",
            Self::Stability => "https://api.stability.ai",
            Self::Automatic1111 => "http://127.0.0.1:7860",
            Self::ComfyUi => "http://127.0.0.1:8188",
        }
    }

    /// How many requests it is usually handed at once. A machine of one's own does one thing at a time.
    pub(crate) fn at_once(self) -> usize {
        if self.is_ones_own() { 1 } else { AT_ONCE }
    }

    /// From which hosts its pictures are fetched.
    pub(crate) fn hosts(self) -> Vec<String> {
        let hosts: &[&str] = match self {
            Self::Fal => &["fal.media", "v2.fal.media", "v3.fal.media", "v3b.fal.media"],
            Self::OpenAi | Self::Stability | Self::Automatic1111 | Self::ComfyUi => &[],
        };
        hosts.iter().map(|host| (*host).to_owned()).collect()
    }

    /// The key as this partner wants it named.
    pub(crate) fn credentials(self, key: &PartnerKey) -> Result<Option<BearerToken>, EgressError> {
        match self {
            Self::Fal => BearerToken::key(key.expose()).map(Some),
            Self::OpenAi | Self::Stability => BearerToken::new(key.expose()).map(Some),
            Self::Automatic1111 | Self::ComfyUi => Ok(None),
        }
    }

    /// The dialect of that id.
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

impl fmt::Display for PartnerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A key a partner knows us by. Neither printable nor writable; wiped when the last copy goes.
#[derive(Clone)]
pub struct PartnerKey(Zeroizing<String>);

impl PartnerKey {
    /// A key as the partner gave it out.
    pub fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// Its text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A partner the service works with.
#[derive(Clone)]
pub struct Partnership {
    /// Its dialect.
    pub kind: PartnerKind,
    /// The key it knows us by.
    pub key: PartnerKey,
    /// Where it is reached.
    pub address: String,
    /// From which hosts its pictures are fetched: `name` or `name:port`.
    pub hosts: Vec<String>,
    /// How long is waited before it is asked again how a request stands.
    pub pace: Duration,
    /// How many requests it is handed at once, by each node; at least 1.
    pub at_once: usize,
    /// Where it publishes the keys it signs its knocks with; only fal knocks.
    pub signing_keys: String,
    /// The checkpoint that ComfyUI works with; unset, it is the first on its machine.
    pub checkpoint: Option<String>,
}

impl Partnership {
    /// A partner at its usual address.
    pub fn new(kind: PartnerKind, key: PartnerKey) -> Self {
        Self {
            kind,
            key,
            address: kind.address().to_owned(),
            hosts: kind.hosts(),
            pace: PACE,
            at_once: kind.at_once(),
            signing_keys: "https://rest.fal.ai/.well-known/jwks.json".to_owned(),
            checkpoint: None,
        }
    }

    /// Whether key and address can be used.
    ///
    /// # Errors
    /// [`ServiceError::Door`] says what is wrong; [`ServiceError::PartnersFile`] where it is the checkpoint.
    pub fn check(&self) -> Result<(), ServiceError> {
        if self.checkpoint.as_deref().is_some_and(|name| !super::comfyui::is_plain(name)) {
            let why = "a checkpoint's name has letters, digits and . _ - / alone";
            return Err(ServiceError::PartnersFile(why.to_owned()));
        }
        self.server().map(|_| ())
    }

    /// The partner with its key.
    pub(crate) fn server(&self) -> Result<Server, ServiceError> {
        Ok(Server::remote(&self.address, self.kind.credentials(&self.key)?)?)
    }
}

/// All partners, and the models they are asked for.
#[derive(Clone, Default)]
pub struct PartnerSetup {
    /// The partners.
    pub partners: Vec<Partnership>,
    pub(crate) catalogue: Catalogue,
    pub(crate) graphs: Graphs,
}

impl PartnerSetup {
    /// These partners with the models this program knows.
    pub fn new(partners: Vec<Partnership>) -> Self {
        Self { partners, ..Self::default() }
    }

    /// Reads the operator's file:
    ///
    /// ```toml
    /// [[partner]]
    /// kind = "openai"
    /// key_file = "openai.key"        # beside this file; or key_env = "OPENAI_API_KEY"
    /// address = "https://example.org" # only where it is not the usual one; so are `hosts`, which its pictures are fetched from
    /// at_once = 16                   # how many requests each node hands it at once
    ///
    /// [[model]]                      # replaces the known model of the same id, or adds one
    /// id = "openai/gpt-image-2"
    /// # … as in the catalogue, see docs/PARTNERS.md
    /// ```
    ///
    /// # Errors
    /// [`ServiceError::PartnersFile`] says what is wrong; no key is in it.
    pub fn read(path: &Path) -> Result<Self, ServiceError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ServiceError::Disk { path: path.to_path_buf(), source })?;
        // The parser's own message quotes a line, which may be one with a key that does not belong there.
        let file: File = toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.lines().count().max(1));
            ServiceError::PartnersFile(format!(
                "it is not as described in the documentation (near line {line})"
            ))
        })?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        let mut partners: Vec<Partnership> = Vec::new();
        for entry in file.partner {
            if partners.iter().any(|known| known.kind == entry.kind) {
                return Err(ServiceError::PartnersFile(format!("{} is in it twice", entry.kind)));
            }
            partners.push(entry.read(folder)?);
        }
        let (mut catalogue, mut graphs) = (Catalogue::default(), Graphs::default());
        for model in file.model {
            graphs.take_in(&model, folder)?;
            catalogue.put(model)?;
        }
        Ok(Self { partners, catalogue, graphs })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    partner: Vec<Entry>,
    #[serde(default)]
    model: Vec<Model>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    kind: PartnerKind,
    key_file: Option<String>,
    key_env: Option<String>,
    address: Option<String>,
    hosts: Option<Vec<String>>,
    at_once: Option<usize>,
    checkpoint: Option<String>,
}

impl Entry {
    fn read(self, folder: &Path) -> Result<Partnership, ServiceError> {
        let Self { kind, key_file, key_env, address, hosts, at_once, checkpoint } = self;
        let wrong = ServiceError::PartnersFile;
        let key = match (key_file, key_env) {
            (Some(file), None) => {
                let path = folder.join(file);
                let text = std::fs::read_to_string(&path).map(Zeroizing::new);
                text.map_err(|source| ServiceError::Disk { path, source })?
            }
            (None, Some(variable)) => std::env::var(&variable)
                .map(Zeroizing::new)
                .map_err(|_| wrong(format!("the variable {variable} is not set")))?,
            (None, None) if kind.is_ones_own() => Zeroizing::new(String::new()),
            _ => return Err(wrong(format!("{kind} needs one of `key_file` and `key_env`"))),
        };
        match at_once {
            Some(0) => return Err(wrong(format!("{kind} is handed nothing with `at_once = 0`"))),
            Some(2..) if kind.is_ones_own() => return Err(wrong(format!("{kind} does one thing at a time"))),
            _ => {}
        }
        let key = PartnerKey::new(Zeroizing::new(key.trim().to_owned()));
        let usual = Partnership::new(kind, key);
        Ok(Partnership {
            address: address.unwrap_or(usual.address),
            hosts: hosts.unwrap_or(usual.hosts),
            at_once: at_once.unwrap_or(usual.at_once),
            checkpoint,
            ..usual
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<PartnerSetup, String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("key"), "of-no-use\n").unwrap();
        std::fs::write(dir.path().join("partners.toml"), text).unwrap();
        PartnerSetup::read(&dir.path().join("partners.toml")).map_err(|error| error.to_string())
    }

    const OPENAI: &str = "[[partner]]\nkind = 'openai'\nkey_file = 'key'\n";

    #[test]
    fn a_file_names_partners_and_keeps_their_keys_beside_itself() {
        let setup = read(OPENAI).unwrap();
        let [openai] = setup.partners.as_slice() else { panic!("one partner") };
        assert_eq!((openai.key.expose(), openai.address.as_str()), ("of-no-use", "https://api.openai.com"));
        let at_once = |text: &str| read(text).unwrap().partners[0].at_once;
        assert_eq!((at_once(OPENAI), at_once(&format!("{OPENAI}at_once = 40\n"))), (16, 40));
        assert_eq!(at_once("[[partner]]\nkind = 'a1111'\n"), 1);
        assert!(read("").unwrap().partners.is_empty());
    }

    #[test]
    fn what_is_not_right_is_refused_and_no_key_is_told() {
        for (text, told) in [
            (format!("{OPENAI}{OPENAI}"), "twice"),
            ("[[partner]]\nkind = 'openai'\n".to_owned(), "key_file"),
            (format!("{OPENAI}key_env = 'X'\n"), "key_file"),
            (format!("{OPENAI}key = 'rose-hip'\n"), "near line"),
            (format!("{OPENAI}at_once = 0\n"), "at_once"),
            ("[[partner]]\nkind = 'a1111'\nat_once = 2\n".to_owned(), "one thing"),
            ("[[partner]]\nkind = 'nobody'\n".to_owned(), "near line"),
            (OPENAI.replace("'key'", "'missing'"), "missing"),
        ] {
            let error = read(&text).map(|_| ()).unwrap_err();
            assert!(error.contains(told) && !error.contains("rose-hip"), "{error}");
        }
    }
}
