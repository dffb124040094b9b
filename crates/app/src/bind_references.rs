//! References that the policy file says: between tables, and from rows to files.

use dataward_connect::amend::Catalogue;
use dataward_connect::amend::ForeignKey;
use dataward_connect::amend::OnDelete;
use dataward_connect::amend::TableFacts;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_policy::FileColumn;
use dataward_policy::SourceUrl;
use dataward_retain::named_files::FileLink;

use crate::AppError;
use crate::Project;

/// The references of a source: those of its catalogue, and those that the policy file confirms. Which of these an
/// index helps is not known; they are never enforced by the engine, so a child that no rule lets go keeps its parent.
///
/// # Errors
/// When one names what is not there: rows that it is to protect would go.
pub(crate) fn references(project: &Project, id: &SourceId, catalogue: &Catalogue) -> Result<Vec<ForeignKey>, AppError> {
    let mut references = catalogue.foreign_keys.clone();
    for declared in project.policy.retention.references.iter().filter(|one| one.child.source == *id) {
        let column = |table: &str, column: &str| catalogue.table(table)?.column(column);
        let name = format!("{}.{}", declared.child.table, declared.child_column);
        let child = column(&declared.child.table, &declared.child_column);
        let parent = format!("{}.{}", declared.parent.table, declared.parent_column);
        let missing = |side: &str| {
            AppError::usage_hint(
                format!("`[references]` says `{id}.{name}` = `{id}.{parent}`, and `{id}` has no `{side}`"),
                "correct it in the policy file: until then rows that it protects could go",
            )
        };
        let child = child.ok_or_else(|| missing(&name))?;
        let referred = column(&declared.parent.table, &declared.parent_column).ok_or_else(|| missing(&parent))?;
        if family(catalogue.kind, &child.sql_type) != family(catalogue.kind, &referred.sql_type) {
            // MySQL takes `12 pieces` for 12, and large numbers for each other; bytes it never takes for their hexadecimal.
            let compares = match catalogue.kind {
                SourceKind::Mysql => "the server compares such values by guessing, or never takes them for the same",
                _ => "the server compares no such values",
            };
            return Err(AppError::usage_hint(
                format!(
                    "`[references]` says `{id}.{name}` = `{id}.{parent}`, and the one is {}, the other {}: {compares}",
                    child.sql_type, referred.sql_type
                ),
                "give both columns one type, or correct it in the policy file: until then rows that it protects could go",
            ));
        }
        // Who asks a table is given the rows of those that inherit from it.
        let with_heirs = |name: &str| {
            let is_heir = |table: &&TableFacts| table.name == name || catalogue.ancestors(table).contains(&name);
            catalogue.tables.iter().filter(is_heir).map(|table| table.name.clone()).collect::<Vec<_>>()
        };
        let parents = with_heirs(&declared.parent.table);
        for from in with_heirs(&declared.child.table) {
            references.extend(parents.iter().map(|to| ForeignKey {
                name: format!("confirmed {name}"),
                child: from.clone(),
                child_columns: vec![declared.child_column.clone()],
                parent: to.clone(),
                parent_columns: vec![declared.parent_column.clone()],
                on_delete: OnDelete::Refuse,
                nullable: child.nullable,
                deferrable: false,
                emptied: Vec::new(),
                indexed: true,
                declared: false,
            }));
        }
    }
    Ok(references)
}

/// Types of one family are compared with each other, value by value; others with themselves alone. SQLite compares by
/// affinity: a text that is a number equals it.
fn family(kind: SourceKind, sql_type: &str) -> &str {
    match kind {
        SourceKind::Mysql => family_of_mysql(sql_type),
        SourceKind::Postgresql => family_of_postgresql(sql_type),
        _ => "any",
    }
}

fn family_of_mysql(sql_type: &str) -> &str {
    let base = sql_type.split(['(', ' ']).next().unwrap_or_default();
    match base {
        "bigint" | "decimal" | "double" | "float" | "int" | "mediumint" | "smallint" | "tinyint" | "year" => "number",
        "binary" | "blob" | "longblob" | "mediumblob" | "tinyblob" | "varbinary" => "bytes",
        "char" | "enum" | "longtext" | "mediumtext" | "set" | "text" | "tinytext" | "varchar" => "text",
        "date" | "datetime" | "timestamp" => "day",
        _ => base,
    }
}

fn family_of_postgresql(sql_type: &str) -> &str {
    let base = sql_type.split('(').next().unwrap_or_default().trim();
    match base {
        _ if sql_type.ends_with("[]") => sql_type,
        "bpchar" | "\"char\"" | "character" | "character varying" | "citext" | "name" | "text" => "text",
        "bigint" | "double precision" | "integer" | "numeric" | "real" | "smallint" => "number",
        "date" => "day",
        _ if base.starts_with("timestamp") => "day",
        "cidr" | "inet" => "address",
        _ => base,
    }
}

/// Which columns name files of which source.
pub(crate) fn file_links(project: &Project) -> Vec<FileLink> {
    let link = |declared: &FileColumn| FileLink {
        source: declared.table.source.clone(),
        table: declared.table.table.clone(),
        column: declared.column.clone(),
        files: declared.files.clone(),
        root: match project.policy.sources.get(&declared.files).map(|source| &source.url) {
            Some(SourceUrl::Path(path)) => {
                let real = fs_err::canonicalize(project.root.join(path)).ok();
                real.map(|path| path.display().to_string())
            }
            _ => None,
        },
    };
    project.policy.retention.files.iter().map(link).collect()
}
