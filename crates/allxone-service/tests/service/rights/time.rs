//! The retention table, kept: after a leap of the clock nothing is past its time, in no table and no file.

use super::town::{DAY, Town, walk};

#[tokio::test]
async fn after_a_leap_of_the_clock_nothing_is_kept_past_its_time() {
    let mut town = Town::new().await;
    let ada = town.sign_up("ada-umbrella").await;
    town.fill(&ada).await;
    super::town::export(&ada).await;
    assert!(town.service.as_ref().unwrap().overdue().await.unwrap().iter().all(|(_, count)| *count == 0));
    let rows = |town: &Town| {
        let dir = town.dir.path().to_path_buf();
        async move {
            let mut found = Vec::new();
            for (table, expected) in [
                ("statistics", 0),
                ("training_items", 0),
                ("decisions", 0),
                ("idempotency", 0),
                ("exports", 0),
                ("uploads", 0),
                ("jobs", 0),
                ("outputs", 0),
                ("holds", 0),
            ] {
                let count =
                    crate::rig::ask(&dir, &format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}")).await;
                found.push((table, count[0].parse::<i64>().unwrap(), expected));
            }
            found
        }
    };
    town.stop().await;
    assert!(rows(&town).await.iter().all(|(_, count, _)| *count > 0), "{:?}", rows(&town).await);

    town.clock.go_on(4_000 * DAY);
    town.start().await;
    let overdue = town.service.as_ref().unwrap().overdue().await.unwrap();
    assert!(overdue.len() >= 10 && overdue.iter().all(|(_, count)| *count == 0), "{overdue:?}");
    town.stop().await;
    for (table, count, expected) in rows(&town).await {
        assert_eq!(count, expected, "{table}");
    }
    assert_eq!(walk(&town.dir.path().join("service/files")).len(), 0);
}
