use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

/// The one tokio runtime of the program, for whatever talks to files, sockets and child processes.
/// Loops over triangles never run here. Started at first use, with two threads.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        match builder.worker_threads(2).thread_name("work-io").enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => panic!("the system refuses to start a thread: {error}"),
        }
    })
}
