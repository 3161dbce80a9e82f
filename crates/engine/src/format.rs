//! How a member wants to be written to.

/// A dialect, as far as it differs in what a member hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// JSON objects and binary messages.
    Plain,
    /// The Centrifuge dialect, publications alone.
    Centrifuge,
    /// The Centrifuge dialect, with who joins and who leaves.
    CentrifugeJoins,
}

/// One of the ways in which a publication is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// What is written.
    pub dialect: Dialect,
    /// Whether permessage-deflate was agreed.
    pub deflated: bool,
}

impl Format {
    /// How many formats there are.
    pub const COUNT: usize = 6;

    /// The number of the format, below [`Self::COUNT`].
    #[must_use]
    pub fn index(self) -> usize {
        self.dialect as usize * 2 + usize::from(self.deflated)
    }
}
