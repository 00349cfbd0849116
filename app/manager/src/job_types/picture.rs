//! The tasks of a job as a picture: columns from left to right, each after what it waits for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use flamenco::kiln::{DryRun, PlannedTask};

/// Tasks of a column that are drawn; of more, the first ones, a note and the last.
const MOST_IN_COLUMN: usize = 10;
const FIRST_IN_COLUMN: usize = 8;

const BOX: (f64, f64) = (232.0, 54.0);
const GAP: (f64, f64) = (104.0, 14.0);
const MARGIN: f64 = 36.0;
const HEAD: f64 = 84.0;
const FOOT: f64 = 44.0;

/// Fills of task types, in the order in which they come up: pale, so that the text stays readable.
const COLOURS: [(&str, &str); 6] = [
    ("#e8f0fb", "#5b87c5"),
    ("#fcefdc", "#c98a2c"),
    ("#e6f4ea", "#4f9a68"),
    ("#f3e8f8", "#9165ad"),
    ("#fbe8e8", "#c06060"),
    ("#eceef1", "#77808c"),
];

/// Column and row.
type Place = (usize, usize);

/// What is drawn as one box.
enum Node {
    Task(usize),
    /// So many tasks of the column.
    More(usize),
}

/// An SVG of its own size, light, without scripts and foreign fonts.
pub fn task_graph_as_svg(title: &str, dry_run: &DryRun) -> String {
    let tasks = &dry_run.tasks;
    let columns = columns(tasks);
    let (nodes, place_of) = nodes(&columns);
    let tallest = nodes.iter().map(Vec::len).max().unwrap_or(0).max(1) as f64;
    let height = HEAD + tallest * BOX.1 + (tallest - 1.0) * GAP.1 + FOOT + MARGIN;
    let n_columns = nodes.len().max(1) as f64;
    let width = (2.0 * MARGIN + n_columns * BOX.0 + (n_columns - 1.0) * GAP.0).max(560.0);
    let middle = HEAD + (tallest * BOX.1 + (tallest - 1.0) * GAP.1) / 2.0;
    let corner = |(column, row): (usize, usize)| {
        let n_rows = nodes[column].len() as f64;
        let top = middle - (n_rows * BOX.1 + (n_rows - 1.0) * GAP.1) / 2.0;
        (MARGIN + column as f64 * (BOX.0 + GAP.0), top + row as f64 * (BOX.1 + GAP.1))
    };

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\" role=\"img\">\n\
         <title>{0}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{MARGIN}\" y=\"42\" font-size=\"19\" font-weight=\"600\" fill=\"#1d232b\">{0}</text>\n\
         <text x=\"{MARGIN}\" y=\"64\" font-size=\"12.5\" fill=\"#5d6875\">{1}</text>\n",
        escaped(title),
        escaped(&summary(tasks, columns.len())),
    );
    for (from, to) in edges(tasks, &place_of) {
        let ((x0, y0), (x1, y1)) = (corner(from), corner(to));
        let (x0, y0, y1) = (x0 + BOX.0, y0 + BOX.1 / 2.0, y1 + BOX.1 / 2.0);
        let bend = (x1 - x0) / 2.0;
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<path d=\"M{x0:.1} {y0:.1} C{:.1} {y0:.1} {:.1} {y1:.1} {x1:.1} {y1:.1}\" fill=\"none\" \
             stroke=\"#aab3be\" stroke-width=\"1.3\"/>",
            x0 + bend,
            x1 - bend,
        );
    }
    let colours = colours(tasks);
    for (column, rows) in nodes.iter().enumerate() {
        for (row, node) in rows.iter().enumerate() {
            draw(&mut svg, node, tasks, corner((column, row)), &colours);
        }
    }
    legend(&mut svg, &colours, height - MARGIN + 6.0);
    svg.push_str("</svg>\n");
    svg
}

/// Each task in the column after the last of those it waits for. A circle, which no job that is
/// submitted has, ends up in the first.
fn columns(tasks: &[PlannedTask]) -> Vec<Vec<usize>> {
    let mut column_of = vec![0; tasks.len()];
    // Tasks mostly come after what they wait for, so this settles at once.
    for _ in 0..tasks.len().min(64) {
        let mut has_moved = false;
        for (place, task) in tasks.iter().enumerate() {
            let after =
                task.depends_on.iter().filter_map(|it| Some(column_of.get(*it)? + 1)).max().unwrap_or(0);
            if after > column_of[place] && after < 64 {
                column_of[place] = after;
                has_moved = true;
            }
        }
        if !has_moved {
            break;
        }
    }
    let mut columns = vec![Vec::new(); column_of.iter().max().map_or(0, |last| last + 1)];
    for (place, column) in column_of.into_iter().enumerate() {
        columns[column].push(place);
    }
    columns.retain(|column| !column.is_empty());
    columns
}

/// Boxes by column, and the box (column, row) of each task.
fn nodes(columns: &[Vec<usize>]) -> (Vec<Vec<Node>>, BTreeMap<usize, Place>) {
    let mut place_of = BTreeMap::new();
    let mut all = Vec::new();
    for (column, tasks) in columns.iter().enumerate() {
        let is_long = tasks.len() > MOST_IN_COLUMN;
        let mut rows = Vec::new();
        for (index, task) in tasks.iter().enumerate() {
            let is_hidden = is_long && index >= FIRST_IN_COLUMN && index + 1 < tasks.len();
            if !is_hidden {
                rows.push(Node::Task(*task));
            } else if index == FIRST_IN_COLUMN {
                rows.push(Node::More(tasks.len() - FIRST_IN_COLUMN - 1));
            }
            place_of.insert(*task, (column, rows.len() - 1));
        }
        all.push(rows);
    }
    (all, place_of)
}

fn edges(tasks: &[PlannedTask], place_of: &BTreeMap<usize, Place>) -> BTreeSet<(Place, Place)> {
    let ends =
        tasks.iter().enumerate().flat_map(|(to, task)| task.depends_on.iter().map(move |from| (*from, to)));
    ends.filter_map(|(from, to)| Some((*place_of.get(&from)?, *place_of.get(&to)?))).collect()
}

fn summary(tasks: &[PlannedTask], n_columns: usize) -> String {
    let n_steps: i64 = tasks.iter().map(|it| it.steps).sum();
    let plural = |n: i64, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let n_tasks = plural(tasks.len() as i64, "task");
    let order = match n_columns {
        0 | 1 => "all of them at once".to_owned(),
        n => format!("{n} stages, one after the other"),
    };
    format!("{n_tasks}, {}, {order}", plural(n_steps, "step"))
}

/// Task types in the order in which they come up.
fn colours(tasks: &[PlannedTask]) -> Vec<(String, (&'static str, &'static str))> {
    let mut found: Vec<(String, (&str, &str))> = Vec::new();
    for task in tasks {
        if !found.iter().any(|(name, _)| *name == task.task_type) {
            found.push((task.task_type.clone(), COLOURS[found.len() % COLOURS.len()]));
        }
    }
    found
}

fn draw(
    svg: &mut String,
    node: &Node,
    tasks: &[PlannedTask],
    (x, y): (f64, f64),
    colours: &[(String, (&str, &str))],
) {
    let (title, detail, (fill, line), dashes) = match node {
        Node::More(n) => {
            (format!("{n} more"), String::new(), ("#ffffff", "#aab3be"), " stroke-dasharray=\"4 4\"")
        }
        Node::Task(place) => {
            let Some(task) = tasks.get(*place) else { return };
            let colour = colours.iter().find(|(name, _)| *name == task.task_type);
            let commands: Vec<&str> = task.commands.iter().map(|it| it.name.as_str()).collect();
            let steps = if task.steps == 1 { String::new() } else { format!(", {} steps", task.steps) };
            let detail = format!("{}{steps}", commands.join(" + "));
            (task.name.clone(), detail, colour.map_or(COLOURS[5], |(_, it)| *it), "")
        }
    };
    let (width, height) = BOX;
    let _ = writeln!(
        svg,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{fill}\" \
         stroke=\"{line}\" stroke-width=\"1.2\"{dashes}/>"
    );
    let title_y = if detail.is_empty() { y + 32.0 } else { y + 23.0 };
    for (text, size, colour, line_y, longest) in
        [(title, 13.5, "#1d232b", title_y, 27), (detail, 11.5, "#5d6875", y + 41.0, 34)]
    {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{line_y:.1}\" font-size=\"{size}\" fill=\"{colour}\">{}</text>",
            x + 14.0,
            escaped(&shortened(&text, longest)),
        );
    }
}

fn legend(svg: &mut String, colours: &[(String, (&str, &str))], y: f64) {
    let mut x = MARGIN;
    for (name, (fill, line)) in colours {
        let text = format!("task type {}", shortened(name, 24));
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"13\" height=\"13\" rx=\"3\" fill=\"{fill}\" stroke=\"{line}\"/>\n\
             <text x=\"{:.1}\" y=\"{y:.1}\" font-size=\"12\" fill=\"#5d6875\">{}</text>",
            y - 11.0,
            x + 20.0,
            escaped(&text),
        );
        x += 20.0 + 7.0 * text.chars().count() as f64 + 18.0;
    }
}

/// Both ends stay: the number is at the end of most names.
fn shortened(text: &str, longest: usize) -> String {
    let n_letters = text.chars().count();
    if n_letters <= longest {
        return text.to_owned();
    }
    let tail = longest / 3;
    let head: String = text.chars().take(longest - tail - 1).collect();
    let end: String = text.chars().skip(n_letters - tail).collect();
    format!("{}…{}", head.trim_end(), end.trim_start())
}

/// Names come from scripts: markup and control characters lose their meaning.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}
