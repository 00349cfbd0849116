use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use analysis::{AnalyzeOptions, Preset};
use anyhow::Result;
use capture::{ReportPage, ReportSection, report_html};
use clap::Args;
use formats::{Clips, Import, ReadOptions};
use rayon::prelude::*;
use render::{Gpu, Renderer};
use serde::Serialize;
use serde_json::json;
use work::WorkCtx;

use crate::verbs::relink::Relink;
use crate::{Outcome, describe, inputs, progress};

/// Counts, topology and dimensions as JSON. With several models: one JSON object a line.
#[derive(Args)]
pub(crate) struct Inspect {
    /// Models or folders of models; a last name ending in .json takes the result
    #[arg(required = true, value_name = "MODEL… [OUT.json]")]
    paths: Vec<PathBuf>,
    /// Check everything and say in words what is wrong
    #[arg(long)]
    full: bool,
    /// With --full: the whole report as JSON
    #[arg(long)]
    json: bool,
    /// With --full: what the model is for (web, mobile, film, print, or a TOML file); a broken limit
    /// ends with 3
    #[arg(long, requires = "full", value_name = "NAME|FILE.toml")]
    preset: Option<String>,
    /// With --full: also write the report as a page with pictures, of one model or of many
    #[arg(long, requires = "full", value_name = "FILE.html")]
    html: Option<PathBuf>,
    #[command(flatten)]
    relink: Relink,
}

impl Inspect {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let is_result = |last: &Path| last.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
        let (paths, out) = inputs::split_out(&self.paths, is_result);
        let models = inputs::models(paths)?;
        let is_single = models.len() == 1;
        let preset = self.preset.as_deref().map(Preset::find).transpose()?;
        let mut n_refused = 0;
        let bar = progress::of_count(models.len());
        let mut text = Vec::new();
        let mut n_failed = 0;
        let device = self.html.is_some().then(device).flatten();
        let mut sections = Vec::new();
        // In portions: results come in order, and memory stays that of a few models.
        for portion in models.chunks(2 * rayon::current_num_threads()) {
            let answers: Vec<_> = portion
                .par_iter()
                .map(|model| self.answer(model, preset.as_ref(), is_single, device.as_ref()))
                .collect();
            for (model, answer) in portion.iter().zip(answers) {
                bar.inc(1);
                match answer {
                    Ok(Answer { output, warnings, is_refused, section }) => {
                        n_refused += usize::from(is_refused);
                        sections.extend(section);
                        bar.suspend(|| {
                            warnings
                                .iter()
                                .for_each(|warning| eprintln!("warning: {}: {warning}", model.display()))
                        });
                        text.extend(output.bytes());
                    }
                    Err(error) => {
                        n_failed += 1;
                        bar.suspend(|| eprintln!("error: {}", describe(&error)));
                        sections.push(ReportSection::unreadable(&filename(model), &describe(&error)));
                        if !is_single {
                            let line = json!({ "filename": filename(model), "error": describe(&error) });
                            text.extend(format!("{line}\n").bytes());
                        }
                    }
                }
            }
            if out.is_none() {
                std::io::stdout().write_all(&text)?;
                text.clear();
            }
        }
        bar.finish_and_clear();
        if let Some(out) = out
            && (!is_single || n_failed == 0)
        {
            inputs::write_whole(out, |file| Ok(file.write_all(&text)?))?;
        }
        if let Some(page) = &self.html
            && (!is_single || n_failed == 0)
        {
            inputs::write_whole(page, |file| Ok(file.write_all(report_html(&sections).as_bytes())?))?;
        }
        Ok(match (n_failed, n_refused) {
            (0, 0) => Outcome::Done,
            (0, _) => Outcome::Refused,
            _ => Outcome::SomeFailed,
        })
    }

    /// `device`: what draws the pictures of a page.
    fn answer(
        &self,
        model: &Path,
        preset: Option<&Preset>,
        is_single: bool,
        device: Option<&Mutex<(Gpu, Renderer)>>,
    ) -> Result<Answer> {
        let ctx = WorkCtx::quiet();
        // Counts are those of the modeller's own polygons, and are wanted at once.
        let clips = if self.full { Clips::Read } else { Clips::Skip };
        let options = ReadOptions { as_modelled: !self.full, clips, ..self.relink.options(model, &ctx)? };
        let import = formats::read_with(model, &options, &ctx)?;
        let inspection = analysis::inspect(&import.scene, &filename(model));
        let warnings: Vec<String> = import.warnings.iter().map(ToString::to_string).collect();
        let mut is_refused = false;
        let mut section = None;
        let output = if self.full {
            let mut report = analysis::analyze(&import.scene, &AnalyzeOptions::default(), &ctx)?;
            if let Some(preset) = preset {
                preset.judge(&mut report, Some(n_bytes(&import)));
                is_refused = report.verdict.as_ref().is_some_and(|verdict| !verdict.is_kept());
            }
            if self.html.is_some() {
                let (scene, report) = (&import.scene, &report);
                let page = ReportPage { model, scene, inspection: &inspection, report, warnings: &warnings };
                let device = device.and_then(|device| device.lock().ok());
                section = Some(page.section(device.as_deref().map(|(gpu, renderer)| (gpu, renderer)))?);
            }
            if self.json {
                let warnings = &warnings;
                line(&Full { inspection: &inspection, report: &report, warnings }, is_single)?
            } else {
                crate::verbs::inspect_text::describe(&inspection, &report, &warnings)
            }
        } else {
            line(&inspection, is_single)?
        };
        // The full text carries its warnings itself.
        let warnings = if self.full && !self.json { Vec::new() } else { warnings };
        Ok(Answer { output, warnings, is_refused, section })
    }
}

struct Answer {
    output: String,
    warnings: Vec<String>,
    /// The preset's limits are broken.
    is_refused: bool,
    section: Option<ReportSection>,
}

/// Of all files that belong to the model.
fn n_bytes(import: &Import) -> u64 {
    import.files.iter().filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

/// Without a device that draws, pages have no pictures.
fn device() -> Option<Mutex<(Gpu, Renderer)>> {
    let device = Gpu::headless().and_then(|gpu| Renderer::new(&gpu).map(|renderer| (gpu, renderer)));
    device.inspect_err(|error| eprintln!("warning: {error}; the page has no pictures")).map(Mutex::new).ok()
}

/// `--full --json`: requirement B1's keys first, then everything else.
#[derive(Serialize)]
struct Full<'a> {
    #[serde(flatten)]
    inspection: &'a analysis::Inspection,
    report: &'a analysis::Report,
    warnings: &'a [String],
}

fn line(value: &impl Serialize, is_single: bool) -> Result<String> {
    let text = if is_single { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    Ok(text? + "\n")
}

fn filename(model: &Path) -> String {
    model.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
