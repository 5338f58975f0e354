//! Where in a server a request goes. A route is a fixed template with ids put in, so that the ledger can name the resource
//! without naming the thing, and so that no free text travels in an address.

use std::fmt::Display;

use http::Method;
use url::Url;

use crate::EgressError;

const LONGEST_ID: usize = 128;

/// A method, a path template and the ids that fill it.
#[derive(Clone, Debug)]
pub struct Route {
    method: Method,
    template: &'static str,
    ids: Vec<String>,
    query: Vec<(&'static str, String)>,
    knock: Option<(&'static str, Url)>,
}

impl Route {
    /// A route such as `Route::new(Method::GET, "/api/v1/jobs/{id}")`; each `{…}` segment waits for one [`id`](Self::id).
    pub fn new(method: Method, template: &'static str) -> Self {
        Self { method, template, ids: Vec::new(), query: Vec::new(), knock: None }
    }

    /// A route that reads.
    pub fn get(template: &'static str) -> Self {
        Self::new(Method::GET, template)
    }

    /// A route that hands something over.
    pub fn post(template: &'static str) -> Self {
        Self::new(Method::POST, template)
    }

    /// A route that removes.
    pub fn delete(template: &'static str) -> Self {
        Self::new(Method::DELETE, template)
    }

    /// Fills the next placeholder: 1 to 128 letters, digits, `-`, `_` (checked when the request is made).
    #[must_use]
    pub fn id(mut self, id: impl Display) -> Self {
        self.ids.push(id.to_string());
        self
    }

    /// Adds a query parameter; the same characters as for an id, and dots within it.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Display) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Adds a query parameter that says where this very service is reached, so that a partner can knock there; nothing but scheme, host, port
    /// and plain path of `at` are taken.
    #[must_use]
    pub fn knock(mut self, name: &'static str, at: &Url) -> Self {
        self.knock = Some((name, at.clone()));
        self
    }

    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    pub(crate) fn template(&self) -> &'static str {
        self.template
    }

    /// The address below `base`, whose own path stays in front.
    pub(crate) fn address(&self, base: &Url) -> Result<Url, EgressError> {
        let mut url = base.clone();
        let mut ids = self.ids.iter();
        {
            let mut path = url.path_segments_mut().map_err(|()| EgressError::BadRoute)?;
            path.pop_if_empty();
            for segment in self.template.split('/').filter(|s| !s.is_empty()) {
                if segment.starts_with('{') {
                    path.push(plain(ids.next().ok_or(EgressError::BadRoute)?)?);
                } else {
                    path.push(segment);
                }
            }
        }
        if ids.next().is_some() {
            return Err(EgressError::BadRoute);
        }
        for (name, value) in &self.query {
            // The dot of a file's name; one at the beginning could lead out of a folder.
            if value.starts_with('.') || plain(&value.replace('.', "-")).is_err() {
                return Err(EgressError::BadRoute);
            }
            url.query_pairs_mut().append_pair(name, value);
        }
        if let Some((name, at)) = &self.knock {
            let mut segments = at.path_segments().ok_or(EgressError::BadRoute)?;
            if at.query().is_some()
                || at.fragment().is_some()
                || !at.username().is_empty()
                || at.password().is_some()
                || !segments.all(|segment| segment.is_empty() || plain(segment).is_ok())
            {
                return Err(EgressError::BadRoute);
            }
            url.query_pairs_mut().append_pair(name, at.as_str());
        }
        Ok(url)
    }
}

/// Ids are short and plain, so that neither a path can be climbed nor words be smuggled in one.
pub(crate) fn plain(id: &str) -> Result<&str, EgressError> {
    let fits = (1..=LONGEST_ID).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if fits { Ok(id) } else { Err(EgressError::BadRoute) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keeps_the_path_a_server_lives_under() {
        let route = Route::get("/api/v1/jobs/{id}/events").id("01J").query("limit", 5);
        for (base, address) in [
            ("https://a.example", "https://a.example/api/v1/jobs/01J/events?limit=5"),
            ("https://a.example/studio/", "https://a.example/studio/api/v1/jobs/01J/events?limit=5"),
            ("https://a.example:8443/x/y", "https://a.example:8443/x/y/api/v1/jobs/01J/events?limit=5"),
        ] {
            assert_eq!(route.address(&base.parse().unwrap()).unwrap().as_str(), address);
        }
    }

    #[test]
    fn an_id_cannot_climb_or_carry_words() {
        let base = "https://a.example".parse().unwrap();
        for id in ["..", "a/b", "", "two words", "%2e%2e", "a?b", "a#b", "ü", &"x".repeat(129)] {
            assert!(Route::get("/jobs/{id}").id(id).address(&base).is_err(), "{id:?}");
            assert!(Route::get("/jobs").query("before", id).address(&base).is_err(), "{id:?}");
        }
        let named = Route::get("/view").query("filename", "ComfyUI_00001_.png").address(&base).unwrap();
        assert_eq!(named.as_str(), "https://a.example/view?filename=ComfyUI_00001_.png");
    }

    #[test]
    fn an_address_to_knock_at_carries_nothing_else() {
        let base = "https://a.example".parse().unwrap();
        let with = |at: &str| Route::post("/").knock("hook", &at.parse().unwrap()).address(&base);
        let good = with("https://studio.example:8443/api/v1/webhooks/fal").unwrap();
        assert_eq!(
            good.query(),
            Some("hook=https%3A%2F%2Fstudio.example%3A8443%2Fapi%2Fv1%2Fwebhooks%2Ffal")
        );
        for at in [
            "https://studio.example/?words=of+a+person",
            "https://studio.example/#words",
            "https://someone@studio.example/",
            "https://studio.example/two%20words",
            "data:text/plain,words",
        ] {
            assert!(with(at).is_err(), "{at}");
        }
    }

    #[test]
    fn ids_and_placeholders_must_agree() {
        let base = "https://a.example".parse().unwrap();
        assert!(Route::get("/jobs/{id}").address(&base).is_err());
        assert!(Route::get("/jobs").id("x").address(&base).is_err());
    }
}
