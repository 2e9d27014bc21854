//! Every write: plan, preview, confirm, steps; journalled, resumable, undoable.
