//! Pictures: taking them in, and giving them out again.

use std::io::Read;
use std::sync::Arc;

use allxone_contract::{
    API_BASE, AccountId, Asset, AssetId, CONFIRMED_HEADER, PictureFormat, ProblemCode, Receipt, Sha256,
    Verdict,
};
use allxone_media::{Format, Picture};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio_stream::wrappers::ReceiverStream;

use super::admission::admit;
use super::body::{Id, read_body, says_yes, sender_receipt};
use super::guard::Caller;
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;
use crate::screening::{Stage, Stopped};
use crate::store::{NewAsset, NewUpload, StoredUpload};

/// How large a piece of content is sent at a time.
const PIECE: usize = 64 * 1024;

/// `POST /uploads`
pub(crate) async fn upload(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    admit(&backend, &account).await?;
    let confirmed = says_yes(&headers, CONFIRMED_HEADER)?;
    let raw = read_body(body, &headers, backend.limits.picture_bytes).await?;
    let (status, asset) = take(&backend, &account, raw, confirmed, sender_receipt(&headers)).await?;
    Ok(answer(status, asset))
}

/// Checks a picture of an account whose content is [admitted](admit), and keeps it for jobs to come.
pub(super) async fn take(
    backend: &Backend,
    account: &AccountId,
    raw: Bytes,
    confirmed: bool,
    sender_receipt: Option<Receipt>,
) -> Answer<(StatusCode, Asset)> {
    let sha256 = Sha256::of(&raw);
    let now = backend.clock.now();
    let known = backend.store.uploaded(account, sha256, now).await?;
    if let Some(known) = &known
        && backend.check.same_rules(known.judged_by.as_ref())
    {
        return Ok((StatusCode::OK, known.asset.clone()));
    }
    let picture = backend.decoder.received(raw).await?;
    let (format, width, height) = (format_of(picture.format()), picture.width(), picture.height());
    let cleared = match backend.check.pass::<Picture>(picture, confirmed).await {
        Ok(cleared) => cleared,
        Err(stopped) => {
            if let Stopped::Found(finding) = &stopped {
                if let Some(known) = known.filter(|_| finding.verdict == Verdict::Block) {
                    let files = backend.store.drop_upload(known.asset.id).await?;
                    backend.remove(files).await;
                }
                backend.check.note(&backend.store, &backend.clock, account, Stage::Input, finding).await?;
            }
            return Err(stopped.into());
        }
    };
    let receipt = cleared.receipt().clone();
    if let Some(known) = known {
        backend.store.judged_again(known.asset.id, confirmed, &receipt).await?;
        return Ok((StatusCode::OK, known.asset));
    }
    let content = cleared.bytes().clone();
    let bytes = content.len() as u64;
    let file = backend.on_disk(move |files| files.store(&content)).await?;
    let asset = Asset { id: AssetId::new(), sha256, bytes, format, width, height, created: now };
    let new = NewUpload { stored: NewAsset { asset, file }, confirmed, receipt: &receipt, sender_receipt };
    match backend.store.store_upload(account, &new, backend.limits.stored_bytes).await? {
        StoredUpload::New => Ok((StatusCode::CREATED, new.stored.asset)),
        StoredUpload::Same(same) => {
            backend.remove(vec![new.stored.file]).await;
            Ok((StatusCode::OK, same))
        }
        StoredUpload::Full => {
            backend.remove(vec![new.stored.file]).await;
            Err(full())
        }
    }
}

/// The refusal when the store of pictures is full.
pub(super) fn full() -> Refusal {
    Refusal::new(
        ProblemCode::TooLarge,
        "The service's store of pictures is full. Nothing was kept. Erase finished jobs to make room.",
    )
}

fn answer(status: StatusCode, asset: Asset) -> Response {
    let location = format!("{API_BASE}/assets/{}", asset.id);
    (status, [(header::LOCATION, location)], Json(asset)).into_response()
}

/// `GET /assets/{id}`
pub(crate) async fn asset(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    Id(id): Id<AssetId>,
) -> Answer<Json<Asset>> {
    let stored = backend.store.asset(&account, id).await?.ok_or_else(Refusal::not_found)?;
    if stored.file.is_none() { Err(erased()) } else { Ok(Json(stored.asset)) }
}

/// `GET /assets/{id}/content`, piece by piece out of the sealed file.
pub(crate) async fn content(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    Id(id): Id<AssetId>,
) -> Answer<Response> {
    let stored = backend.store.asset(&account, id).await?.ok_or_else(Refusal::not_found)?;
    let file = stored.file.ok_or_else(erased)?;
    let mut response = streamed(&backend, file, stored.asset.bytes).await?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(stored.asset.format.media_type()));
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{}\"", stored.asset.sha256)) {
        headers.insert(header::ETAG, etag);
    }
    Ok(response)
}

/// A sealed file's content as an answer, piece by piece.
pub(super) async fn streamed(backend: &Backend, file: String, bytes: u64) -> Answer<Response> {
    let mut reader = backend.on_disk(move |files| files.reader(&file)).await?;
    let (pieces, sent) = tokio::sync::mpsc::channel::<std::io::Result<Bytes>>(2);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut piece = vec![0; PIECE];
            let piece = match reader.read(&mut piece) {
                Ok(0) => return,
                Ok(length) => {
                    piece.truncate(length);
                    Ok(Bytes::from(piece))
                }
                // The receiver sees fewer bytes than were announced, and knows.
                Err(error) => Err(error),
            };
            let failed = piece.is_err();
            if pieces.blocking_send(piece).is_err() || failed {
                return;
            }
        }
    });
    let mut response = Response::new(Body::from_stream(ReceiverStream::new(sent)));
    response.headers_mut().insert(header::CONTENT_LENGTH, bytes.into());
    Ok(response)
}

fn erased() -> Refusal {
    Refusal::new(ProblemCode::Erased, "This picture was erased. Only its hash and size are still known.")
}

/// The wire's word for a format.
pub(crate) fn format_of(format: Format) -> PictureFormat {
    match format {
        Format::Png => PictureFormat::Png,
        Format::Jpeg => PictureFormat::Jpeg,
        Format::Webp => PictureFormat::Webp,
        Format::Gif => PictureFormat::Gif,
    }
}
