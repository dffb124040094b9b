//! A folder of one's own, and the program in it.

use std::path::Path;
use std::process::Command;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

/// A fresh folder in which the program runs, with nothing of the machine's environment.
pub(crate) struct Desk {
    folder: TempDir,
}

/// What a run said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::with_prefix("dataward-desk-").unwrap() }
    }

    /// A desk with a policy file that names a folder `exports`, which is there and empty.
    pub(crate) fn with_exports() -> Self {
        let desk = Self::new();
        std::fs::create_dir(desk.path().join("exports")).unwrap();
        desk.write("dataward.toml", "[business]\nname = \"Test\"\n\n[source.exports]\nurl = \"file:exports\"\n");
        desk
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// The program, ready to run here.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dataward"));
        command.args(arguments).current_dir(self.path()).env_clear().env("USER", "tester");
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().unwrap())
    }

    /// Runs the program, which must end with 0, and reads the JSON it prints.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let said = self.run(&[arguments, &["--format", "json"]].concat());
        assert_eq!(said.code, 0, "{said:?}");
        said.json()
    }
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The column `column` of table `table` in the first source of a scan that has it.
pub(crate) fn column<'a>(scan: &'a Value, table: &str, column: &str) -> &'a Value {
    let tables = scan["sources"].as_array().unwrap().iter().flat_map(|source| source["tables"].as_array().unwrap());
    let table =
        tables.into_iter().find(|other| other["table"] == table).unwrap_or_else(|| panic!("no table {table}: {scan}"));
    let columns = table["columns"].as_array().unwrap();
    columns.iter().find(|other| other["column"] == column).unwrap_or_else(|| panic!("no column {column}: {table}"))
}
