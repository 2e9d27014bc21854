//! The command line of stories, a part of `verify`.

use clap::Args;

/// `verify --story`
#[derive(Debug, Default, Args)]
pub struct Stories {
    /// Tell stories instead: admin, reader and approver are the sample's labs, all is the three of them, any other name is stories/NAME.toml beside the config, and a file is a file
    ///
    /// A story makes real requests in order, each as somebody, and fails at the first that goes
    /// otherwise than it expects. It works on an experiment and models of its own, which are taken
    /// away at the end. --as tells it as somebody else than it names, --scheme by one scheme only;
    /// --dry-run lists its steps.
    #[arg(
        id = "story",
        long = "story",
        value_name = "NAME|FILE",
        num_args = 1..,
        conflicts_with_all = ["permission", "predicted_only", "simulate", "rate"]
    )]
    pub names: Vec<String>,
}
