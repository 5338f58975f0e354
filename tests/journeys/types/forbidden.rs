// Every function here tries something that must not be possible. A line that ends in `// E…` must fail with exactly that error of the
// compiler; every other line must be sound, so that nothing fails by accident. `allowed` does by the right way what the others try.
use allxone_app::Shown;
use allxone_app::studio::ServiceClient;
use allxone_app::studio::contract::{IdempotencyKey, JobRequest, Receipt};
use allxone_app::studio::library::{Details, Library, NewItem};
use allxone_app::studio::media::Picture;
use allxone_app::studio::safety::{Clearable, Cleared, Gate, Held, HeldPicture, Screenable, Screened};

pub async fn allowed(client: &ServiceClient, key: &IdempotencyKey, library: &Library, picture: Cleared<Picture>, request: Cleared<JobRequest>, made: Screened<Picture>) {
    let _ = client.upload(&picture).await;
    let _ = client.submit(&request, key).await;
    let _: &str = &request.value().prompt;
    let _ = library.keep(NewItem { picture: made, details: Details::default() });
}

// Nothing is sent that is not cleared.
pub async fn upload_a_picture(client: &ServiceClient, picture: Picture) {
    let _ = client.upload(&picture).await; // E0308
}
pub async fn upload_bytes(client: &ServiceClient, bytes: Vec<u8>) {
    let _ = client.upload(&bytes).await; // E0308
}
pub async fn upload_what_may_be_shown(client: &ServiceClient, picture: Screened<Picture>) {
    let _ = client.upload(&picture).await; // E0308
}
pub async fn upload_what_is_held(client: &ServiceClient, picture: Held<Picture>) {
    let _ = client.upload(&picture).await; // E0308
}
pub async fn submit_a_request(client: &ServiceClient, key: &IdempotencyKey, request: JobRequest) {
    let _ = client.submit(&request, key).await; // E0308
}
pub async fn submit_what_is_held(client: &ServiceClient, key: &IdempotencyKey, request: Held<JobRequest>) {
    let _ = client.submit(&request, key).await; // E0308
}

// Nothing is kept or shown that is not screened.
pub fn keep_a_picture(picture: Picture) -> NewItem {
    NewItem { picture, details: Details::default() } // E0308
}
pub fn keep_what_may_leave(picture: Cleared<Picture>) -> NewItem {
    NewItem { picture, details: Details::default() } // E0308
}
pub fn keep_what_is_held(picture: HeldPicture) -> NewItem {
    NewItem { picture, details: Details::default() } // E0308
}
pub fn keep_past_the_check(library: &Library, picture: &Picture) {
    let _ = library.keep_picture(picture, &Details::default()); // E0624
}
pub fn look_at_what_is_held(held: &HeldPicture) {
    let _ = held.value(); // E0599
}
pub fn serve_anything(shown: Shown, picture: &Picture) -> Shown {
    Shown { bytes: picture.bytes().clone(), media_type: shown.media_type } // E0639
}

// Nobody but the gate makes the proofs, and nobody changes what they prove.
pub fn clear_by_hand(picture: Picture, receipt: Receipt) -> Cleared<Picture> {
    let bytes = picture.bytes().clone();
    Cleared::new(picture, bytes, receipt) // E0624
}
pub fn screen_by_hand(picture: Picture, receipt: Receipt) -> Screened<Picture> {
    Screened::new(picture, receipt) // E0624
}
pub fn hold_by_hand(picture: Picture, receipt: Receipt) -> HeldPicture {
    HeldPicture::new(picture, receipt) // E0624
}
pub fn change_the_words(request: &Cleared<JobRequest>) {
    request.value().prompt = String::new(); // E0594
}
pub fn change_the_receipt(picture: &Cleared<Picture>) {
    picture.receipt().confirmed = true; // E0594
}
pub fn exchange_what_was_screened(picture: Screened<Picture>, other: Picture) {
    let _ = picture.map(|_| other); // E0599
}
pub fn forge_a_verdict(gate: &Gate, _of: &Picture) {
    let _ = &gate.inner.verdicts; // E0616
}
pub struct Note;
impl Clearable for Note {} // E0277
impl Screenable for Note {} // E0277
