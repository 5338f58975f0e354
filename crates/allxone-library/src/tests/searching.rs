use proptest::prelude::*;

use super::*;
use crate::Filter;

fn found(library: &Library, text: &str) -> Vec<ItemId> {
    library.search(text, &Filter::default(), None, 100).unwrap().items.iter().map(|i| i.id).collect()
}

#[test]
fn words_are_found_from_their_beginning_in_prompt_title_and_model() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let cats = keep(&library, 1, "three cats beside a caf\u{e9}, at dusk");
    let dog = keep(&library, 2, "a dog AND a cat*");
    library.set_title(dog, "Rex \"the\" hound").unwrap();
    for (text, expected) in [
        ("cat", vec![dog, cats]),
        ("CATS", vec![cats]),
        ("cafe dusk", vec![cats]),
        ("dusk three", vec![cats]),
        ("hou", vec![dog]),
        ("\"hound\"", vec![dog]),
        ("and", vec![dog]),
        ("cat NOT dog", vec![]),
        ("scene-1", vec![dog, cats]),
        ("cat*", vec![dog, cats]),
        ("prompt:cat", vec![]),
        ("ats", vec![]),
        ("", vec![]),
        ("\" ( * ^ -", vec![]),
    ] {
        assert_eq!(found(&library, text), expected, "{text}");
    }
    // A changed title is found by its new words only.
    library.set_title(dog, "Bello").unwrap();
    assert_eq!((found(&library, "hound"), found(&library, "bello")), (vec![], vec![dog]));
    // The trash is not searched, unless asked; favourites narrow.
    library.delete(dog).unwrap();
    assert_eq!(found(&library, "cat"), [cats]);
    let trash = library.search("cat", &Filter { trash: true, ..Filter::default() }, None, 9).unwrap();
    assert_eq!(trash.items.iter().map(|i| i.id).collect::<Vec<_>>(), [dog]);
    let favourites = Filter { favourites: true, ..Filter::default() };
    assert!(library.search("cat", &favourites, None, 9).unwrap().items.is_empty());
    library.set_favourite(cats, true).unwrap();
    assert_eq!(library.search("cat", &favourites, None, 9).unwrap().items.len(), 1);
}

#[test]
fn found_items_come_in_pages_too() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let mut ids: Vec<ItemId> = (0..7).map(|i| keep(&library, i, "a boat")).collect();
    ids.reverse();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = library.search("boat", &Filter::default(), after.as_ref(), 3).unwrap();
        seen.extend(page.items.iter().map(|i| i.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ids);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_is_an_error(texts in prop::collection::vec("\\PC{0,30}|[\"'*^():{}+\\-\0 a]{0,20}", 8)) {
        let library = opened();
        for text in texts {
            prop_assert!(library.search(&text, &Filter::default(), None, 5).is_ok(), "{:?}", text);
        }
    }

    #[test]
    fn every_word_of_a_prompt_finds_it(words in prop::collection::vec("[a-z\u{e0}-\u{f6}0-9]{1,12}", 1..6)) {
        let library = opened();
        let id = keep(&library, 9, &words.join(" "));
        for word in &words {
            prop_assert!(found(&library, word).contains(&id), "{}", word);
        }
        library.purge(&[id]).unwrap();
    }
}

/// One library for all cases of a property; its folder goes with the thread.
fn opened() -> Library {
    thread_local! {
        static OPENED: (Library, tempfile::TempDir) = {
            let dir = tempfile::tempdir().unwrap();
            (open(dir.path()), dir)
        };
    }
    OPENED.with(|(library, _)| library.clone())
}
