use super::*;
use crate::{HistoryFigures, HistoryState, Removal};

const THERE: &str = "studio.example";

fn made_there(library: &Library, seed: u64, job: &str, index: u8) -> ItemId {
    let origin = Some(Origin { service: THERE.into(), job: job.into(), index });
    keep_bytes(library, &noise(seed, 3_000), &Details { origin, ..details("a fox") }).unwrap()
}

fn removal(job: &str, index: u8) -> Removal {
    Removal { job: job.into(), index }
}

#[test]
fn how_far_it_was_read_outlives_the_program() {
    let dir = tempfile::tempdir().unwrap();
    let (library, _) = with_clock(dir.path());
    assert_eq!(library.history(THERE).unwrap(), HistoryState::default());
    library.allow_history(THERE, true).unwrap();
    let came = HistoryFigures { brought: 2, put_away: 1, refused: 1 };
    library.history_came(THERE, came).unwrap();
    library.history_read(THERE, 7, false).unwrap();
    assert_eq!(library.history(THERE).unwrap().read_ms, None);
    library.history_came(THERE, came).unwrap();
    library.history_read(THERE, 9, true).unwrap();
    drop(library);
    let (library, _) = with_clock(dir.path());
    let state = library.history(THERE).unwrap();
    assert_eq!((state.allowed, state.read_to, state.read_ms), (Some(true), 9, Some(1_000)));
    assert_eq!(state.figures, HistoryFigures { brought: 4, put_away: 2, refused: 2 });
    assert_eq!(library.history("elsewhere").unwrap(), HistoryState::default());
    // Allowed again while it is allowed changes nothing; allowed anew it is read anew.
    library.allow_history(THERE, true).unwrap();
    assert_eq!(library.history(THERE).unwrap(), state);
    library.allow_history(THERE, false).unwrap();
    assert_eq!(
        (library.history(THERE).unwrap().allowed, library.history(THERE).unwrap().read_to),
        (Some(false), 9)
    );
    library.allow_history(THERE, true).unwrap();
    let anew = library.history(THERE).unwrap();
    assert_eq!((anew.read_to, anew.figures.refused, anew.figures.brought), (0, 0, 4));
}

#[test]
fn what_is_removed_for_good_is_to_go_there_too_once() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let early = made_there(&library, 1, "J0", 0);
    library.purge(&[early]).unwrap();
    assert_eq!(library.removals(THERE, 9).unwrap(), [], "nobody here has an account there");
    library.follow_history(THERE).unwrap();
    let (a, b) = (made_there(&library, 2, "J1", 0), made_there(&library, 3, "J1", 1));
    let own = keep_bytes(&library, &noise(4, 3_000), &from_job("a fox", "J2", 0)).unwrap();
    library.delete_all(&[a, own]).unwrap();
    assert_eq!(library.removals(THERE, 9).unwrap(), [], "the trash is not for good");
    library.empty_trash(i64::MAX).unwrap();
    assert_eq!(library.removals(THERE, 9).unwrap(), [removal("J1", 0)]);
    assert!(library.is_removed(THERE, "J1", 0).unwrap() && !library.is_removed(THERE, "J1", 1).unwrap());
    library.purge(&[b]).unwrap();
    assert_eq!((library.removals(THERE, 1).unwrap().len(), library.history(THERE).unwrap().removals), (1, 2));
    library.removal_told(THERE, &removal("J1", 0)).unwrap();
    assert_eq!(library.removals(THERE, 9).unwrap(), [removal("J1", 1)]);
}

#[test]
fn what_was_erased_elsewhere_lies_in_the_trash_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (library, time) = with_clock(dir.path());
    library.follow_history(THERE).unwrap();
    let (a, b) = (made_there(&library, 1, "J", 0), made_there(&library, 2, "J", 1));
    library.set_favourite(b, true).unwrap();
    library.delete(a).unwrap();
    time.store(2_000, Ordering::SeqCst);
    assert_eq!(library.put_away("elsewhere", "J", None).unwrap(), 0, "another service has no say");
    assert_eq!(library.put_away(THERE, "J", Some(&[5])).unwrap(), 0);
    assert_eq!(library.put_away(THERE, "J", None).unwrap(), 1, "one lay there already");
    let seen = |id| {
        let item = library.get(id).unwrap();
        (item.trashed_ms, item.erased_elsewhere, item.favourite)
    };
    assert_eq!((seen(a), seen(b)), ((Some(1_000), true, false), (Some(2_000), true, true)));
    // Who takes it back keeps it, however often the service says it.
    library.undo_delete(b).unwrap();
    assert_eq!((seen(b), library.put_away(THERE, "J", None).unwrap()), ((None, false, true), 0));
    // Nobody has to be told of what they said.
    library.purge(&[a]).unwrap();
    assert_eq!(library.removals(THERE, 9).unwrap(), []);
}
