//! The program `kiln-studio`.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match studio::Arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(answer) => return answer.print(),
    };
    for (name, value) in arguments.environment() {
        // SAFETY: no other thread has been started yet, so nobody reads the environment meanwhile.
        #[expect(unsafe_code, reason = "Mesa learns its cache folder from the environment only")]
        unsafe {
            std::env::set_var(name, value);
        }
    }
    studio::run(arguments)
}
