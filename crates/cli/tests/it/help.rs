//! What is printed when someone asks for help, or asks nothing.

use crate::support::Desk;

#[test]
fn every_command_explains_itself() {
    let desk = Desk::new();
    let help = desk.run(&["--help"]);
    assert_eq!(help.code, 0);
    let commands: Vec<&str> = help
        .out
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.contains(&"scan") && commands.len() > 8, "{commands:?}");
    for command in commands.into_iter().filter(|command| *command != "help") {
        let said = desk.run(&[command, "--help"]);
        assert_eq!(said.code, 0, "{command}");
        assert!(said.out.lines().next().is_some_and(|line| line.len() > 15), "{command}: {}", said.out);
    }
}

#[test]
fn without_anything_it_says_how_to_begin() {
    let said = Desk::new().run(&[]);
    assert_eq!(said.code, 0);
    assert!(said.out.contains("dataward demo"), "{}", said.out);
    assert!(!said.out.contains('\u{1b}'), "no colours into a pipe");
}

#[test]
fn wrong_words_end_with_two() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["scna"]).code, 2);
    assert_eq!(desk.run(&["scan", "--rows", "0", "x"]).code, 2);
    let said = desk.run(&["scan"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("hint: "), "{}", said.err);
}

#[test]
fn completions_and_man_pages_are_made() {
    let desk = Desk::new();
    assert!(desk.run(&["completions", "bash"]).out.contains("dataward"));
    std::fs::create_dir(desk.path().join("man")).unwrap();
    assert_eq!(desk.run(&["man", "man"]).code, 0);
    assert!(desk.path().join("man/dataward-scan.1").is_file());
}
