use crate::model::{Conversion, Model};
use crate::view::View;

/// What was converted here is there.
pub(crate) fn arrive(conversion: Conversion, model: &mut Model, _view: &mut View) {
    if let Some(n_changes) = conversion.saves
        && let Some(document) = model.document_mut(conversion.source)
    {
        document.history.mark_saved(n_changes);
    }
    model.conversions.push(conversion);
}
