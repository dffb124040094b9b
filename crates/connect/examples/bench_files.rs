//! Prints how fast a file is read to Arrow: `bench_files FILE`, or a dense CSV of 1 GiB made for it.

use std::error::Error;
use std::io::BufWriter;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use dataward_connect::Chunk;
use dataward_connect::Read;
use dataward_connect::ReadRequest;
use dataward_connect::files::Files;
use futures::StreamExt;

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> Result<(), Box<dyn Error>> {
    let made = tempfile::tempdir()?;
    let path = match std::env::args().nth(1) {
        Some(path) => PathBuf::from(path),
        None => dense_csv(made.path().join("dense.csv"))?,
    };
    let source = Files::new(&path);
    let mut units = source.units().await?;
    while let Some(unit) = units.next().await {
        let unit = unit?;
        let (start, mut rows, mut tables) = (Instant::now(), 0, 0);
        let mut chunks = source.read(&unit, &ReadRequest::full()).await?;
        while let Some(chunk) = chunks.next().await {
            match chunk? {
                Chunk::Begin(_) => tables += 1,
                Chunk::Rows(batch) => rows += batch.num_rows(),
                Chunk::End { .. } => {}
                Chunk::Skipped(skipped) => println!("skipped {}: {}", skipped.place, skipped.reason),
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        let megabytes = unit.bytes.unwrap_or(0) as f64 / 1e6;
        println!(
            "{tables} table(s), {rows} rows, {megabytes:.0} MB in {seconds:.2} s: {:.0} MB/s",
            megabytes / seconds
        );
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("peak memory unknown"));
    Ok(())
}

/// Short cells of the kinds that shops export.
fn dense_csv(path: PathBuf) -> std::io::Result<PathBuf> {
    let mut file = BufWriter::new(std::fs::File::create(&path)?);
    writeln!(file, "id,first_name,last_name,email,phone,city,iban,amount,created_at")?;
    for id in 0u64.. {
        let other = id * 7919 % 999_983;
        writeln!(
            file,
            "{id},Ada,Lovelace{other},ada.{other}@example.org,+49 30 {other:06},Berlin,DE8937040044053201{other:06},{}.99,2024-03-{:02} 10:00:00",
            other % 500,
            id % 28 + 1
        )?;
        if id % 1000 == 0 && file.get_ref().metadata()?.len() >= 1 << 30 {
            break;
        }
    }
    file.flush()?;
    Ok(path)
}
