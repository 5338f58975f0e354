//! What a signed-in person asks: seeing and correcting the profile, devices, a fresh proof of who they are.

use allxone_egress::{Form, FormField, Method, Purpose, Route};

use crate::dialect::{Body, routes};
use crate::fault::FaultCode;
use crate::place::Stored;
use crate::profile::{Correction, Device, Profile};
use crate::{AccountError, Secret, Session};

impl Session {
    /// What the server knows of the person, asked anew.
    ///
    /// # Errors
    /// Any [`AccountError`].
    pub async fn profile(&self) -> Result<Profile, AccountError> {
        let (user, _) = self.ask(Purpose::Profile, routes::user(), Body::None).await?;
        self.heard(Profile::of(&user)).await
    }

    /// Changes name, picture or e-mail address; answers the profile as it is then.
    ///
    /// # Errors
    /// Any [`AccountError`].
    pub async fn correct(&self, correction: &Correction) -> Result<Profile, AccountError> {
        let form = || {
            let said = |form: Form, field, text: &Option<String>| match text.as_deref().map(str::trim) {
                None => form,
                Some("") => form.without(field),
                Some(text) => form.with(field, text),
            };
            let form = said(
                said(Form::default(), FormField::Name, &correction.name),
                FormField::Picture,
                &correction.picture,
            );
            match correction.email.as_deref().map(str::trim).filter(|email| !email.is_empty()) {
                Some(email) => form.with(FormField::Email, email),
                None => form,
            }
        };
        let (user, _) = self.ask(Purpose::Profile, routes::change_user(), Body::Form(&form)).await?;
        self.heard(Profile::of(&user)).await
    }

    /// Enters the code that was sent to a new e-mail address.
    ///
    /// # Errors
    /// Any [`AccountError`].
    pub async fn confirm_email(&self, email: &str, code: &Secret) -> Result<Profile, AccountError> {
        let granted = self.auth().verify("email_change", email, code).await?;
        let profile = granted.profile.clone();
        self.take_over(granted).await?;
        Ok(profile)
    }

    /// Sends a code to the person's address, for what needs a fresh proof.
    ///
    /// # Errors
    /// Any [`AccountError`].
    pub async fn send_proof(&self) -> Result<(), AccountError> {
        self.ask(Purpose::Profile, Route::get("/auth/v1/reauthenticate"), Body::None).await.map(drop)
    }

    /// Changes the password, with the code of [`Session::send_proof`] where the server wants one. Every other device is signed out.
    ///
    /// # Errors
    /// [`FaultCode::ReauthenticationNeeded`] when a code is needed first; any other [`AccountError`].
    pub async fn change_password(
        &self,
        password: &Secret,
        proof: Option<&Secret>,
    ) -> Result<(), AccountError> {
        let form = || {
            let form = Form::default().with(FormField::Password, password.expose());
            match proof.filter(|proof| !proof.is_empty()) {
                Some(proof) => form.with(FormField::Nonce, proof.expose()),
                None => form,
            }
        };
        self.ask(Purpose::Profile, routes::change_user(), Body::Form(&form)).await.map(drop)
    }

    /// Proves with the password who sits here: the sign-in is a fresh one afterwards.
    ///
    /// # Errors
    /// [`AccountError::OtherPerson`]; any other [`AccountError`].
    pub async fn prove_by_password(&self, password: &Secret) -> Result<(), AccountError> {
        let email = self.current()?.1.profile.email;
        let form = || {
            Form::default()
                .with(FormField::Email, email.as_str())
                .with(FormField::Password, password.expose())
        };
        let granted = self.auth().grant("password", &form).await?;
        self.take_over(granted).await
    }

    /// Sends a code to sign in with, for [`Session::prove_by_code`].
    ///
    /// # Errors
    /// Any [`AccountError`].
    pub async fn send_sign_in_code(&self) -> Result<(), AccountError> {
        let email = self.current()?.1.profile.email;
        let form = || Form::default().with(FormField::Email, email.as_str()).create_user(false);
        self.auth()
            .once(Purpose::SignIn, Route::post("/auth/v1/otp"), None, &Body::Form(&form))
            .await
            .map(drop)
    }

    /// Proves with a code from a letter who sits here: the sign-in is a fresh one afterwards.
    ///
    /// # Errors
    /// As [`Session::prove_by_password`].
    pub async fn prove_by_code(&self, code: &Secret) -> Result<(), AccountError> {
        let email = self.current()?.1.profile.email;
        let granted = self.auth().verify("email", &email, code).await?;
        self.take_over(granted).await
    }

    /// The devices the account is signed in on; `None` where the server does not tell. Those that came since the last look are noted.
    ///
    /// # Errors
    /// Any [`AccountError`].
    pub async fn devices(&self) -> Result<Option<Vec<Device>>, AccountError> {
        let answer = match self.ask(Purpose::Devices, Route::get("/auth/v1/sessions"), Body::None).await {
            Err(AccountError::Refused(fault)) if fault.status == 404 => return Ok(None),
            Err(AccountError::Unexpected { status: 404 | 405, .. }) => return Ok(None),
            other => other?.0,
        };
        let devices = Device::list(&answer);
        let known = self.current()?.1.known;
        let ids: Vec<String> = devices.iter().map(|device| device.id.clone()).collect();
        if known.as_ref() != Some(&ids) {
            self.amend(move |stored: &mut Stored| stored.known = Some(ids)).await?;
        }
        if let Some(known) = known {
            let new: Vec<_> =
                devices.iter().filter(|one| !one.current && !known.contains(&one.id)).cloned().collect();
            if !new.is_empty() {
                self.note_devices(new);
            }
        }
        Ok(Some(devices))
    }

    /// Takes note that the person has seen which devices are new.
    pub fn seen_devices(&self) {
        self.note_devices(Vec::new());
    }

    /// Signs one device out.
    ///
    /// # Errors
    /// Any [`AccountError`].
    pub async fn end_device(&self, id: &str) -> Result<(), AccountError> {
        let route = Route::new(Method::DELETE, "/auth/v1/sessions/{id}").id(id);
        match self.ask(Purpose::Devices, route, Body::Empty).await {
            Err(AccountError::Refused(fault))
                if fault.status == 404 && fault.code != FaultCode::UserNotFound =>
            {
                Ok(())
            }
            other => other.map(drop),
        }
    }

    async fn heard(&self, profile: Option<Profile>) -> Result<Profile, AccountError> {
        let unexpected = || AccountError::Unexpected { host: self.auth().server.host(), status: 200 };
        let profile = profile.filter(|profile| !profile.id.is_empty()).ok_or_else(unexpected)?;
        let before = self.current()?.1.profile;
        if profile.id != before.id {
            return Err(AccountError::OtherPerson);
        }
        if profile != before {
            let heard = profile.clone();
            self.amend(move |stored: &mut Stored| stored.profile = heard).await?;
        }
        Ok(profile)
    }

    /// Puts freshly granted tokens in the place of the present ones and ends the session those belonged to.
    async fn take_over(&self, granted: crate::dialect::Granted) -> Result<(), AccountError> {
        let fresh = granted.access.clone();
        let end = |access: Secret| async move {
            let route = Route::post("/auth/v1/logout").query("scope", "local");
            let _ = self.auth().once(Purpose::SignOut, route, Some(&access), &Body::Empty).await;
        };
        match self.replace(granted).await {
            Ok(former) => {
                end(former).await;
                Ok(())
            }
            Err(error) => {
                end(fresh).await;
                Err(error)
            }
        }
    }
}
