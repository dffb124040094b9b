//! A SQLite file in a folder: read by its own connector, its tables named `shop.db#customers`.

use std::path::PathBuf;

use futures::StreamExt;
use futures::stream;
use tokio::sync::mpsc;
use tokio::sync::mpsc::Sender;

use crate::Chunk;
use crate::ChunkStream;
use crate::ConnectError;
use crate::Read;
use crate::ReadRequest;
use crate::sqlite::Sqlite;

type Chunks = Sender<Result<Chunk, ConnectError>>;

/// Reads all tables of the database at `path`, the unit `name`.
pub(super) async fn read(path: PathBuf, name: &str, request: &ReadRequest) -> Result<ChunkStream, ConnectError> {
    let database = Sqlite::new(path);
    let mut tables = database.units().await?;
    let (sender, receiver) = mpsc::channel(1);
    let (name, request) = (name.to_owned(), request.clone());
    tokio::spawn(async move {
        while let Some(table) = tables.next().await {
            let sent = match table {
                Err(error) => send(&sender, Chunk::Skipped(error.skip(&name))).await,
                Ok(table) => {
                    let place = format!("{name}#{}", table.name);
                    match database.read(&table, &request).await {
                        Ok(chunks) => forward(chunks, &place, &name, &sender).await,
                        Err(ConnectError::Cancelled) => Err(ConnectError::Cancelled),
                        Err(error) => send(&sender, Chunk::Skipped(error.skip(place))).await,
                    }
                }
            };
            if let Err(error) = sent {
                // Nobody may be listening any more; then there is nobody to tell.
                let _ = sender.send(Err(error)).await;
                return;
            }
        }
    });
    Ok(stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|chunk| (chunk, receiver)) })
        .boxed())
}

/// Passes on what one table gives, under its name in the folder. Its faults are its own.
async fn forward(mut chunks: ChunkStream, place: &str, file: &str, sender: &Chunks) -> Result<(), ConnectError> {
    let mut open = false;
    while let Some(chunk) = chunks.next().await {
        let chunk = match chunk {
            Err(ConnectError::Cancelled) => return Err(ConnectError::Cancelled),
            Err(error) => {
                if open {
                    send(sender, Chunk::End { rows_total: None }).await?;
                }
                return send(sender, Chunk::Skipped(error.skip(place))).await;
            }
            Ok(Chunk::Begin(mut head)) => {
                head.name = format!("{file}#{}", head.name);
                open = true;
                Chunk::Begin(head)
            }
            Ok(Chunk::Skipped(mut skipped)) => {
                skipped.place = format!("{file}#{}", skipped.place);
                Chunk::Skipped(skipped)
            }
            Ok(end @ Chunk::End { .. }) => {
                open = false;
                end
            }
            Ok(rows) => rows,
        };
        send(sender, chunk).await?;
    }
    Ok(())
}

async fn send(sender: &Chunks, chunk: Chunk) -> Result<(), ConnectError> {
    sender.send(Ok(chunk)).await.map_err(|_| ConnectError::Cancelled)
}
