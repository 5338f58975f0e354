//! The offline lock: nothing leaves while it is closed, except to the service inside this program.

use allxone_egress::{EgressError, Empty, HeaderMap, Purpose, Route};

use crate::far_end::{Act, FarEnd, json};
use crate::notebook::{other, own, setting};

#[tokio::test]
async fn closed_means_no_connection_at_all() {
    let far = FarEnd::answering(|_, _| json(200, &1)).await;
    let setting = setting();
    setting.lock.close();
    let (door, server) = (&setting.door, other(&far));
    let refused = [
        door.fetch(&server, Purpose::Models, Route::get("/models"), HeaderMap::new(), 10).await.unwrap_err(),
        door.events(&server, Purpose::FollowJob, Route::get("/events"), HeaderMap::new()).await.unwrap_err(),
        door.send_control(&server, Purpose::EraseJob, Route::delete("/x"), HeaderMap::new(), &Empty)
            .await
            .unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(error, EgressError::Offline { .. }), "{error:?}");
        assert!(error.is_locked() && error.is_offline() && error.never_sent() && !error.is_passing());
    }
    assert_eq!(far.connections(), 0);
    assert!(setting.notebook.rows().is_empty());

    setting.lock.open();
    assert!(door.fetch(&server, Purpose::Models, Route::get("/models"), HeaderMap::new(), 10).await.is_ok());
}

#[tokio::test]
async fn the_own_service_stays_within_reach() {
    let far = FarEnd::answering(|_, _| json(200, &1)).await;
    let setting = setting();
    setting.lock.close();
    let answer = setting
        .door
        .fetch(&own(&far), Purpose::Models, Route::get("/models"), HeaderMap::new(), 10)
        .await
        .unwrap();
    assert_eq!(answer.bytes().await.unwrap(), "1");
}

#[tokio::test]
async fn closing_it_cuts_what_is_under_way() {
    let far = FarEnd::answering(|n, _| match n {
        0 => vec![Act::Stall],
        _ => vec![Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfirst".to_vec()), Act::Stall],
    })
    .await;
    let setting = setting();
    let (door, server) = (&setting.door, other(&far));

    let waiting = door.fetch(&server, Purpose::Models, Route::get("/a"), HeaderMap::new(), 10);
    let closing = async {
        while far.seen().is_empty() {
            tokio::task::yield_now().await;
        }
        setting.lock.close();
    };
    let (answer, ()) = tokio::join!(waiting, closing);
    let error = answer.unwrap_err();
    assert!(
        matches!(error, EgressError::Cut { .. }) && !error.never_sent() && error.is_locked(),
        "{error:?}"
    );

    setting.lock.open();
    let mut answer =
        door.fetch(&server, Purpose::Models, Route::get("/b"), HeaderMap::new(), 10).await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "first");
    let (piece, ()) = tokio::join!(answer.chunk(), async { setting.lock.close() });
    assert!(matches!(piece, Err(EgressError::Cut { .. })), "{piece:?}");
    let outcomes: Vec<_> =
        setting.notebook.rows().into_iter().map(|(_, outcome)| outcome.unwrap().error.unwrap()).collect();
    assert_eq!(outcomes, ["offline_cut", "offline_cut"]);
}
