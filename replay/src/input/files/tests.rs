//! Links, and paths that lead to the same files.

use super::*;
use std::fs;
use std::os::unix::fs::symlink;

fn inputs(search: &Search) -> Vec<(PathBuf, bool)> {
    let input = |found| match found {
        Found::File(input, _) => (input.path, input.named),
        Found::Piece(path, _) => (path, true),
        Found::Problem(path, problem) => panic!("{}: {problem}", path.display()),
    };
    search.found(usize::MAX).map(input).collect()
}

#[test]
fn links_are_followed_once_and_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for directory in ["in/..2026_11_20", "in/sub", "out/deep"] {
        fs::create_dir_all(at(directory)).unwrap();
    }
    for file in ["in/..2026_11_20/key.json", "in/sub/data", "out/a.json", "out/deep/b.json", "single.json"] {
        fs::write(at(file), "{}").unwrap();
    }
    for (target, link) in [
        ("..2026_11_20", "in/..data"),      // as Kubernetes mounts a ConfigMap
        ("..data/key.json", "in/key.json"), // found anyway
        ("sub/data", "in/renamed.json"),    // not found by its own name
        ("../single.json", "in/one.json"),
        ("../single.json", "in/two.json"), // the same file
        ("../out", "in/out"),
        ("../out", "in/out2"),
        ("../in", "out/back"),
        (".", "in/loop"),
        ("../..", "in/above"),
        ("nowhere.json", "in/broken.json"),
        ("nowhere", "in/broken"),
        ("circle.json", "in/circle.json"),
    ] {
        symlink(target, at(link)).unwrap();
    }
    let (mut names, mut problems) = (Vec::new(), Vec::new());
    for found in find(&[at("in")], &Filter::default(), None).found(usize::MAX) {
        match found {
            Found::File(input, _) => {
                names.push(input.path.strip_prefix(at("in")).unwrap().to_str().unwrap().to_owned());
            }
            Found::Piece(..) => panic!("this is not standard input"),
            Found::Problem(path, problem) => problems.push((path, problem.to_string())),
        }
    }
    assert_eq!(names, ["..2026_11_20/key.json", "one.json", "out/a.json", "out/deep/b.json", "renamed.json"]);
    let broken = (at("in/broken.json"), "the symbolic link leads to no file".to_owned());
    assert!(problems.len() == 2 && problems[0] == broken, "{problems:?}");
    assert_eq!(problems[1].0, at("in/circle.json"));
}

#[test]
fn a_search_tells_how_much_of_it_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["1.json", "2.json", "folder", "4.json"].map(|name| folder.path().join(name));
    fs::create_dir(&paths[2]).unwrap();
    for file in ["1.json", "2.json", "folder/3a.json", "folder/3b.json", "4.json"] {
        fs::write(folder.path().join(file), "{}").unwrap();
    }
    let positions = |search: Search| search.found(usize::MAX).map(|_| search.position()).collect::<Vec<f64>>();
    assert_eq!(positions(find(&paths, &Filter::default(), None)), [0.0, 0.25, 0.5, 0.625, 0.75]);
    let files = paths.iter().filter(|path| path.is_file()).cloned().collect();
    assert_eq!(positions(listed(files, None)), [1.0 / 3.0, 2.0 / 3.0, 1.0].map(|part: f64| (part * 1e6).floor() / 1e6));
    let files_found = |paths: &[PathBuf]| find(paths, &Filter::default(), None).found(usize::MAX).size_hint().1;
    assert_eq!((files_found(&paths[..2]), files_found(&paths)), (Some(2), None), "a folder holds any number of files");
}

#[test]
fn each_input_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.json");
    fs::write(&file, "{}").unwrap();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let standard_input = PathBuf::from("-");
    let paths = [
        folder.path().to_owned(),
        standard_input.clone(),
        folder.path().join("./a.json"),
        standard_input,
        empty.clone(),
    ];
    let search = find(&paths, &Filter::default(), None);
    assert_eq!(inputs(&search), [(file.clone(), true), (PathBuf::from("-"), true)]);
    assert_eq!(search.totals().empty, [empty]);
    let mut facts = find(&[file], &Filter::default(), None);
    facts.remove_inputs_of(&search);
    assert_eq!(inputs(&facts), []);
}

#[test]
fn overlapping_paths_lead_to_each_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for file in ["logs/a.json", "logs/sub/b.json", "logs/sub/c.txt", "out/d.json", "e.json"] {
        fs::create_dir_all(at(file).parent().unwrap()).unwrap();
        fs::write(at(file), "{}").unwrap();
    }
    symlink("../out", at("logs/link")).unwrap();
    symlink("e.json", at("f.json")).unwrap();
    symlink("logs", at("same")).unwrap();
    for (paths, wanted) in [
        (&["logs", "logs/sub"][..], &["logs/a.json", "logs/link/d.json", "logs/sub/b.json"][..]),
        (&["logs/sub", "logs"], &["logs/sub/b.json", "logs/a.json", "logs/link/d.json"]),
        (&["logs", "logs/link"], &["logs/a.json", "logs/link/d.json", "logs/sub/b.json"]),
        (&["logs/link", "logs"], &["logs/link/d.json", "logs/a.json", "logs/sub/b.json"]),
        (&["logs", "logs"], &["logs/a.json", "logs/link/d.json", "logs/sub/b.json"]),
        (&["same", "logs/sub"], &["same/a.json", "same/link/d.json", "same/sub/b.json"]),
        (&["logs/sub", "logs/sub/c.txt"], &["logs/sub/b.json", "logs/sub/c.txt!"]),
        (&["logs/sub", "logs/sub/../sub/b.json"], &["logs/sub/b.json!"]),
        (&["e.json", "f.json", "gone.json", "gone.json"], &["e.json!", "gone.json!"]),
        (&["logs/sub/b.json", "logs/sub"], &["logs/sub/b.json!"]),
    ] {
        let paths: Vec<PathBuf> = paths.iter().map(|path| at(path)).collect();
        let names = inputs(&find(&paths, &Filter::default(), None)).into_iter().map(|(path, named)| {
            path.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned() + if named { "!" } else { "" }
        });
        assert_eq!(names.collect::<Vec<_>>(), wanted, "{paths:?}");
    }
}

#[test]
fn facts_that_a_link_in_the_archive_leads_to_are_read_there() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    ["logs", "facts"].iter().for_each(|name| fs::create_dir(at(name)).unwrap());
    fs::write(at("facts/key.json"), "{}").unwrap();
    symlink("../facts", at("logs/facts")).unwrap();
    let search = find(&[at("logs")], &Filter::default(), None);
    for (path, wanted) in [("logs/facts", 0), ("logs/facts/key.json", 0), ("facts", 1)] {
        let mut facts = find(&[at(path)], &Filter::default(), None);
        facts.remove_inputs_of(&search);
        assert_eq!(inputs(&facts).len(), wanted, "{path}");
        assert_eq!(facts.totals().empty, Vec::<PathBuf>::new());
    }
}

#[test]
fn facts_that_the_filter_of_the_archive_skips_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let day = "logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/01";
    fs::create_dir_all(at(day)).unwrap();
    fs::write(at(day).join("key.json"), "{}").unwrap();
    for (since, wanted) in [(None, 0), (Some(1_790_000_000), 1)] {
        let search = find(&[at("logs")], &Filter { since, ..Filter::default() }, None);
        let mut facts = find(&[at(day)], &Filter::default(), None);
        facts.remove_inputs_of(&search);
        assert_eq!(inputs(&facts).len(), wanted, "{since:?}");
    }
}

#[test]
fn what_the_command_writes_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for file in ["a.json", "all.gz", ".sealwatch-abc.part", "other.part"] {
        fs::write(at(file), "{}").unwrap();
    }
    let mut search = find(&[folder.path().to_owned()], &Filter::default(), None);
    search.leave_out(&at("./all.gz"));
    assert_eq!(inputs(&search), [(at("a.json"), false)]);
    assert_eq!(search.totals().other_extensions, 1);
    let mut named = find(&[at("all.gz")], &Filter::default(), None);
    named.leave_out(&at("all.gz"));
    assert_eq!(inputs(&named), [(at("all.gz"), true)]);
}
